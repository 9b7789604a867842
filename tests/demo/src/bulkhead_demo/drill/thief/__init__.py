"""What runs inside a stolen container: the standard library, and nothing else of this project.

The sources of this folder are sent to the container's own Python, see `program`. Nothing here judges: each act says
whether it was done, who refused it, or that it stumbled, which the drill takes for its own mistake. No act says a
value.
"""
