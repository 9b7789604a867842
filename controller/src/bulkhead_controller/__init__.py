"""The controller: ExternalSecrets in, Secrets out, and no credential of any backend anywhere."""
