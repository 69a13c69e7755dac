"""Environment variables, read and checked one by one; a wrong one is named."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote


class SettingsError(ValueError):
    """An environment variable has a value that cannot be used; the message names both."""


class Environment:
    """Reads variables; an empty one counts as unset, as OpenTelemetry specifies."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._read: set[str] = set()

    def unread(self, prefix: str) -> tuple[str, ...]:
        """Name the variables that are set and that nobody has asked for."""
        return tuple(
            name
            for name in sorted(self._environ.keys() - self._read)
            if name.startswith(prefix) and self._environ[name].strip()
        )

    def get(self, name: str, default: str) -> str:
        """Return what a variable says, without spaces around it."""
        self._read.add(name)
        return self._environ.get(name, "").strip() or default

    def choice(self, name: str, default: str, allowed: "frozenset[str] | tuple[str, ...]") -> str:
        """Read one of some words, in any case."""
        value = self.get(name, default).lower()
        if value not in allowed:
            raise SettingsError(f"{name}={value!r}: use one of {', '.join(sorted(allowed))}")
        return value

    def number(self, name: str, default: float, most: float = float("inf")) -> float:
        """Read a number from 0 to `most`."""
        text = self.get(name, str(default))
        try:
            value = float(text)
        except ValueError:
            raise SettingsError(f"{name}={text!r}: not a number") from None
        if not 0 <= value <= most:
            raise SettingsError(f"{name}={text!r}: not between 0 and {most}")
        return value

    def pairs(self, name: str) -> dict[str, str]:
        """Read `key=value,key=value`, percent-encoded."""
        pairs = [item.partition("=") for item in self.get(name, "").split(",") if item.strip()]
        if not all(equals and key.strip() for key, equals, _ in pairs):
            raise SettingsError(f"{name}: write it as key=value,key=value")
        return {unquote(key.strip()): unquote(value.strip()) for key, _, value in pairs}

    def items(self, name: str, default: frozenset[str]) -> frozenset[str]:
        """Read `one,two`."""
        text = self.get(name, "")
        return frozenset(item.strip() for item in text.split(",")) if text else default

    def file(self, name: str, default: str) -> str:
        """Read the path of a file that can be read."""
        path = self.get(name, default)
        try:
            if path:
                Path(path).open("rb").close()
        except OSError as failure:
            raise SettingsError(f"{name}={path!r}: {failure.strerror}") from None
        return path
