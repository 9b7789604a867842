"""What is wrong with generators.

ESO has no webhook for them, so that nothing here is refused by ESO but what its schema refuses.
"""
