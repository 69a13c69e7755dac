"""Every file, folder and decision that a document names is there."""

import re
from pathlib import Path

import pytest
from tests.support.documents import DOCUMENTS, TRACKED, prose, ticked

from lab.paths import ROOT

NAMES = {Path(path).name for path in TRACKED}
TOP = {path.partition("/")[0] for path in TRACKED if "/" in path}
FILE = re.compile(r"[\w*./-]+\.(?:py|md|ya?ml|json|jsonl|toml|txt|html|css|sh|conf)")
FOLDER = re.compile(r"[\w*.-]+(?:/[\w*.-]+)*/")
MADE = ("reports/", "lab/compose/", "laptop-lab/")
"""Prefixes of what only a run makes, or what is no path: keys in Consul, things on Kubernetes."""
REPORT = {"index.html", "verdict.json", "evidence.json", "requests.jsonl"}
"""The files of a report."""
SOURCES = [*ROOT.glob("*/src"), *ROOT.glob("*/*/src"), ROOT / "lab" / "src" / "lab"]
"""Folders of packages: what is below one may be named from there."""


def paths(document: str) -> set[str]:
    words = {word.strip(".,;:()") for text in ticked(document) for word in text.split()}
    return {word for word in words if _is_path(word) and not word.startswith(MADE)}


def _is_path(word: str) -> bool:
    below = "/" in word and word.partition("/")[0] in TOP and not re.search(r"[<>{}]", word)
    return bool(below or FILE.fullmatch(word) or FOLDER.fullmatch(word))


def exists(path: str, document: str) -> bool:
    """Look from the root, near the document and in the packages; for a bare name everywhere."""
    if path in NAMES | REPORT:
        return True
    here = (ROOT / document).parent
    return any(list(root.glob(path.rstrip("/"))) for root in (ROOT, here, here.parent, *SOURCES))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    assert {path for path in paths(document) if not exists(path, document)} == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_within_the_project_leads_to_a_file(document: str) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", prose(document))
    ours = {link for link in links if "://" not in link}
    assert {link for link in ours if not ((ROOT / document).parent / link).exists()} == set()


def test_the_decisions_are_numbered_without_a_gap_and_all_are_in_the_index() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    decisions = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    titles = [path.read_text(encoding="utf-8").splitlines()[0] for path in decisions]
    numbers = [int(path.name[:4]) for path in decisions]
    first = int(re.findall(r"begin at (\d+)", index)[0])
    assert numbers == list(range(first, first + len(numbers)))
    for number, path, title in zip(numbers, decisions, titles, strict=True):
        assert title.startswith(f"# {number}. ")
        assert f"[{title.partition('. ')[2]}]({path.name})" in index
