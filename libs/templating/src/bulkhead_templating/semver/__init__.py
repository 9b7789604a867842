"""Semantic versions and constraints on them, as Masterminds/semver reads and compares them."""
