"""The validating webhook: judges custom resources at the door, and holds no API token, no CA key and no backend SDK."""
