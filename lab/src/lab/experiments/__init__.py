"""Experiments: a load, what every signal said of it, and a verdict."""
