"""What counts as a server's processor time."""

import subprocess
import sys
from pathlib import Path

from bench.servers import Server

WORK = """
from threading import Thread
work = Thread(target=lambda: sum(range(10_000_000)))
work.start(); work.join()
print("done", flush=True)
input()
"""


def test_the_time_of_a_thread_that_has_ended_counts() -> None:
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        main_thread = int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1e9
        assert Server(process).cpu_seconds() > 2 * main_thread
        process.stdin.close()
