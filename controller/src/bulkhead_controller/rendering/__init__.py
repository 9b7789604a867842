"""Rendering templates so that those of one tenant delay nobody else.

`renderer.Renderer` is the door. Nothing here knows ExternalSecrets; `job`, `bounds`, `attempt`, `templates` and `wire`
are pure and all that the worker process imports beside the library.
"""
