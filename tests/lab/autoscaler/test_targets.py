"""The file that tells Prometheus what to scrape."""

import json
from pathlib import Path

from lab.autoscaler import targets


def test_a_service_has_one_file_of_its_addresses(tmp_path: Path) -> None:
    assert targets.write(tmp_path / "new", "port", ["127.0.0.1:15101", "127.0.0.1:15100"])
    assert json.loads((tmp_path / "new" / "port.json").read_text()) == [
        {"targets": ["127.0.0.1:15100", "127.0.0.1:15101"]}
    ]


def test_the_same_targets_leave_the_file_alone(tmp_path: Path) -> None:
    targets.write(tmp_path, "port", ["127.0.0.1:15100"])
    before = (tmp_path / "port.json").stat().st_mtime_ns
    assert not targets.write(tmp_path, "port", ["127.0.0.1:15100"])
    assert (tmp_path / "port.json").stat().st_mtime_ns == before
