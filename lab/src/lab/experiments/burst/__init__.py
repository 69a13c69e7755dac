"""The experiment with events: a burst scales one worker, and nothing else."""
