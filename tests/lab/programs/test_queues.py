"""A queue that can't be read is put aside, and said so; one that can stays."""

from pathlib import Path

import pytest

from lab.programs.collector import put_aside_damaged

QUEUE = "exporter_otlp_http_victorialogs_logs"


@pytest.mark.parametrize(
    "content", [b"no database", bytes(32_768), b"\xff" * 32_768, b"\xed\xda\x0c\xed" * 5_000]
)
def test_what_is_no_database_is_put_aside_once(tmp_path: Path, content: bytes) -> None:
    (tmp_path / QUEUE).write_bytes(content)

    (sentence,) = put_aside_damaged(tmp_path)

    assert str(tmp_path / QUEUE) in sentence
    (kept,) = tmp_path.iterdir()
    assert kept.name.startswith(f"{QUEUE}.damaged-")
    assert kept.read_bytes() == content
    assert put_aside_damaged(tmp_path) == []


def test_a_file_that_is_empty_or_no_queue_stays(tmp_path: Path) -> None:
    (tmp_path / QUEUE).touch()
    (tmp_path / "notes").write_text("mine")

    assert put_aside_damaged(tmp_path) == []
    assert len(list(tmp_path.iterdir())) == 2


def test_there_need_be_no_folder(tmp_path: Path) -> None:
    assert put_aside_damaged(tmp_path / "nowhere") == []
