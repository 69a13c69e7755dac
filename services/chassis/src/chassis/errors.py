"""What keeps a replica from starting."""


class CannotStartError(Exception):
    """The replica can't run here; the text is one plain sentence for whoever started it."""
