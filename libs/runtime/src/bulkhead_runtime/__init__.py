"""What every Bulkhead process runs on: the API client and watches, the work queue, TLS, health, metrics and logs."""
