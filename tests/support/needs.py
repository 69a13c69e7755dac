"""What a run needs of a machine: brought if it can be, else all named in one sentence."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lab.errors import LabError


@dataclass(frozen=True)
class Need:
    """One thing, whether it is here, and what may bring it."""

    what: str
    there: Callable[[], bool]
    bring: Callable[[], object] = lambda: None

    def met(self) -> bool:
        """Whether it is here, now or once it was brought."""
        if self.there():
            return True
        self.bring()
        return self.there()


def command(name: str) -> Callable[[], bool]:
    """Return what tells whether a program is on PATH."""
    return lambda: shutil.which(name) is not None


def missing(needs: Iterable[Need]) -> list[str]:
    """Bring what can be brought; return what is not here even so."""
    return [need.what for need in needs if not need.met()]


def refuse(lacking: list[str]) -> None:
    """Raise LabError, with everything that is missing in one sentence, if anything is."""
    if lacking:
        raise LabError(f"This machine lacks {'; '.join(lacking)}.")
