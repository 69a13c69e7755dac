"""What can be wrong with an event, as types."""


class InvalidEventError(ValueError):
    """A message is no event that the catalogue knows. Trying again cannot help."""
