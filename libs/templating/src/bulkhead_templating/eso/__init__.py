"""The functions that ESO adds to sprig's."""
