"""Rules for SecretStore and ClusterSecretStore, and for what stands below spec.provider."""
