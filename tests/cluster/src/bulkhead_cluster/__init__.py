"""A real node for tests, the demo and the drill."""
