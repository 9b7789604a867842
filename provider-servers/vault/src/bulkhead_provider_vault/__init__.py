"""The HashiCorp Vault and OpenBao provider server: a KV secrets engine behind the wire of Bulkhead."""
