"""Write the committed results into the documents. Run as `python -m bench.tables`.

`--from FILE` first makes that run the committed one. What stands in a document between
`<!-- bench: NAME -->` and `<!-- /bench -->` is written here, never by hand.
"""

import argparse
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from bench import layout
from bench.layout import Results

RESULTS = Path("bench/results")
OVERHEAD, RIVALS, EXPORT = (RESULTS / f"{name}.json" for name in ("overhead", "rivals", "export"))
DOCUMENTS = (
    Path("observability/telemetry/README.md"),
    Path("observability/telemetry/docs/costs.md"),
    Path("docs/adr/0004-telemetry-export.md"),
    Path("docs/adr/0005-servers.md"),
)

# The name of a part -> what writes it, and from which results.
PARTS: dict[str, tuple[Callable[[Results], str], Path]] = {
    "summary": (layout.summary, OVERHEAD),
    "goals": (layout.goals, OVERHEAD),
    "conditions": (layout.conditions, OVERHEAD),
    "variants": (layout.variants_told, OVERHEAD),
    "ratios": (layout.ratios, OVERHEAD),
    "to-bare": (layout.to_bare, OVERHEAD),
    "arrived": (layout.arrived, OVERHEAD),
    "servers": (layout.servers, OVERHEAD),
    "rivals-conditions": (layout.conditions, RIVALS),
    "rivals-variants": (layout.variants_told, RIVALS),
    "rivals-ratios": (layout.ratios, RIVALS),
    "rivals-arrived": (layout.arrived, RIVALS),
    "export": (layout.export, EXPORT),
}
PART = re.compile(r"(<!-- bench: ([a-z-]+) -->\n).*?(<!-- /bench -->)", re.DOTALL)


def written(document: str) -> str:
    """Return a document with its parts as the committed results say."""

    def part(found: re.Match[str]) -> str:
        write, path = PARTS[found[2]]
        return f"{found[1]}\n{write(json.loads(path.read_text()))}\n\n{found[3]}"

    return PART.sub(part, document)


def main() -> None:
    """Write all documents."""
    parser = argparse.ArgumentParser(prog="python -m bench.tables", description=__doc__)
    parser.add_argument("--from", dest="source", type=Path, metavar="FILE",
                        help="take this run's results first")  # fmt: skip
    parser.add_argument("--as", dest="target", type=Path, default=OVERHEAD, metavar="FILE",
                        help="which committed results it replaces")  # fmt: skip
    options = parser.parse_args()
    if options.source:
        shutil.copyfile(options.source, options.target)
    for document in DOCUMENTS:
        document.write_text(written(document.read_text()))


if __name__ == "__main__":
    main()
