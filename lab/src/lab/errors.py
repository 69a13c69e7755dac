"""The one error the lab raises on purpose."""


class LabError(Exception):
    """Something a person can act on; its text is one or two plain sentences.

    The command line prints the text alone and exits with `exit_code`. Any other exception is a
    defect.
    """

    exit_code = 1
