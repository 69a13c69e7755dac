"""What experiments measure with: the backends, and what their answers mean."""
