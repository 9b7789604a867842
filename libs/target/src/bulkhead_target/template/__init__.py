"""spec.target.template: which templates there are, in which order, and what becomes of their outputs. Pure."""
