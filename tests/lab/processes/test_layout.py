from pathlib import Path

from lab.processes.layout import LONGEST_SOCKET_PATH, Layout


def test_the_socket_lies_with_the_other_run_files() -> None:
    assert Layout(Path("/srv/lab")).socket == Path("/srv/lab/run/supervisor.sock")


def test_a_path_too_long_for_a_socket_moves_it_and_stays_unique() -> None:
    deep, deeper = Path("/srv", "x" * 120), Path("/srv", "y" * 120)
    assert len(str(Layout(deep).socket)) <= LONGEST_SOCKET_PATH
    assert Layout(deep).socket == Layout(deep).socket != Layout(deeper).socket
