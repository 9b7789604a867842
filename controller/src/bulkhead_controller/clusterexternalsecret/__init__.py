"""ClusterExternalSecrets: one ExternalSecret in each of the namespaces that are meant."""
