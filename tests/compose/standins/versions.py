"""The versions that compose.yaml pins, read from the file that it reads."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def versions() -> dict[str, str]:
    """Return `.env` as a mapping."""
    lines = (ROOT / ".env").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)  # type: ignore[arg-type]
