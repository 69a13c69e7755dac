"""Every command line in a document is one that its program takes."""

import re
import shlex
import subprocess
import sys

import pytest
import typer
from tests.support.documents import starting

from lab.cli import app
from lab.paths import ROOT


def words(line: str) -> list[str]:
    """Split as a shell does, up to what ends the command."""
    split = shlex.split(line, comments=True)
    end = next((i for i, word in enumerate(split) if word in {"|", ">", ";", "&&"}), len(split))
    return split[:end]


@pytest.mark.parametrize(("line", "document"), starting("lab"))
def test_every_command_of_the_lab_in_a_document_parses(line: str, document: str) -> None:
    """A line may leave out what it names in capitals; the README's can be typed as they are."""
    command, arguments = typer.main.get_command(app), words(line)[1:]
    while hasattr(command, "commands") and arguments:
        name = arguments.pop(0)
        assert name in command.commands, document
        command = command.commands[name]
    if document == "README.md" or (arguments and not any(word.isupper() for word in arguments)):
        command.make_context(line, arguments)


@pytest.mark.parametrize(("line", "document"), starting("make"))
def test_every_goal_of_make_in_a_document_exists(line: str, document: str) -> None:
    goals = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert {word for word in words(line)[1:] if "=" not in word} <= goals, document


PARSE = """
import sys
from locust.argument_parser import get_parser
print(get_parser().parse_known_args(sys.argv[1:])[0].locustfile)
"""
"""Not in this process: Locust replaces its threads."""


@pytest.mark.parametrize(("line", "document"), starting("locust"))
def test_every_command_of_locust_in_a_document_parses(line: str, document: str) -> None:
    command = [sys.executable, "-c", PARSE, *words(line)[1:]]
    parsed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert parsed.returncode == 0, f"{document}: {parsed.stderr}"
    assert (ROOT / parsed.stdout.strip()).exists(), document
