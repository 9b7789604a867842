"""The command `bulkhead`. It talks to no cluster and no backend."""
