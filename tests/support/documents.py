"""The documents of this project, read as a test reads them."""

import re
import subprocess
from collections.abc import Iterator

from lab.paths import ROOT

TRACKED = subprocess.run(
    ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout.splitlines()
DOCUMENTS = [path for path in TRACKED if path.endswith(".md") and path != "CHANGELOG.md"]
"""All but the changelog, which names what is gone."""


def prose(document: str) -> str:
    """Return a document without its blocks of code."""
    return re.sub(r"```.*?```", "", (ROOT / document).read_text(encoding="utf-8"), flags=re.S)


def ticked(document: str) -> list[str]:
    """Return what a document has between single ticks."""
    return re.findall(r"`([^`\n]+)`", prose(document))


def commands() -> Iterator[tuple[str, str]]:
    """Give each line of each block of code and each ticked text, with its document."""
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        blocks = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.M | re.S)
        lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
        for line in [*lines, *ticked(document)]:
            yield re.sub(r"^(?:[A-Z_]+=\S+ )+", "", line.strip()), document


def starting(program: str) -> list[tuple[str, str]]:
    """Return each command line of a program, with its document."""
    return sorted({each for each in commands() if each[0].startswith(f"{program} ")})
