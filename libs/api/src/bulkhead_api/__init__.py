"""The vocabulary that all of Bulkhead's processes share: Kubernetes objects, errors and secret values.

Imports nothing of ours and does no I/O.
"""
