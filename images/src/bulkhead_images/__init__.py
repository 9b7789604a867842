"""Container images from the locked requirements: descriptions, then layers, then OCI archives."""
