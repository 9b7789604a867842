"""Kinds that the API server takes and nobody serves yet: they are answered, so that nobody waits for nothing."""
