"""What is wrong with a custom resource: all faults at once, each with its path and ESO's verdict. Pure; no look-ups."""
