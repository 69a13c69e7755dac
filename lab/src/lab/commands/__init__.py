"""The verbs of `lab` that are groups of their own, and what an experiment's verb does."""
