"""ExternalSecrets: gather what is known, decide what is due, apply it."""
