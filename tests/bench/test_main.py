"""What the benchmark refuses, in one sentence each."""

import socket
import subprocess
import sys

import pytest

from bench import __main__ as command


def test_a_port_that_is_taken_is_named_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(command, "PORT", port)
        monkeypatch.setattr(command.shutil, "which", lambda _: "wrk")
        monkeypatch.setattr(command, "LOAD_CORE", command.SERVER_CORE + 1)
        assert command.missing(["bare"]) == f"already in use: port {port}"


@pytest.mark.parametrize("option", ["--rounds", "--seconds"])
def test_less_than_one_round_or_second_is_refused(option: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", option, "0"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("'0' is not a number of at least 1")
