"""The Fake provider: values that stand in the store itself, for trying things out and for tests."""
