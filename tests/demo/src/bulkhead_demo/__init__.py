"""The demo and `make up`: Bulkhead on an embedded control plane, for people to look at."""
