"""The drill: a thief inside each container of a running installation, and what it gets.

A table of attacks is tried twice: in an installation that was loosened on purpose, where each must succeed, or it
proves nothing, and in the one that the chart installs, where each must be refused but for what the boundary report
lists.
"""
