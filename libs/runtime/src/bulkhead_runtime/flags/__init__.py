"""Command lines of processes: a table of flags from which the parser is made and docs/flags.md is checked.

Here stand the table's rows, the readers of values, and the flags of ESO that several processes share. What only one
process has stays with it.
"""
