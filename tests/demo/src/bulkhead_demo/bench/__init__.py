"""`make bench`: how close first syncs come to the API server's own limit, and what refreshes cost."""
