"""Tests of the package use its own fixtures, as a user of it would."""

from threesignals.testing import recorder

__all__ = ["recorder"]
