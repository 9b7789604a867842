"""Issues and renews the certificates of Bulkhead's processes, and alone holds the key of their CA."""
