"""NetworkPolicies enforced on the node: a small agent for tests.

`objects` is what is read, `verdicts` the decision, `ruleset` the decision in the kernel's words, `agent` the shell.
"""
