"""Targets of other kinds than Secret."""
