"""The functions of sprig, as External Secrets Operator has them; each module has a map of those of one topic."""
