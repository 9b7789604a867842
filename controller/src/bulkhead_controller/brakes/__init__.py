"""Brakes: what keeps a mistake elsewhere from becoming many deleted or overwritten Secrets here."""
