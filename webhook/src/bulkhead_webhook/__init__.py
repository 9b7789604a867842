"""The validating webhook's distribution: what may be installed beside it is fixed before its first rule is written.

It will hold a serving key and answer the API server; it will hold no API token and no backend SDK.
"""
