"""The store's rules, on SQLite here; tests/e2e runs the services on PostgreSQL too."""

from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, String, text
from sqlalchemy.exc import OperationalError

from chassis.database import StoreUnavailableError, open_engine
from chassis.rows import KeyTakenError, Rows, keyed_table

SEED = [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]


THINGS = keyed_table("things", Column("name", String(100)))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path}/things.db", pool_size=2)


@pytest.fixture
def rows(engine: Engine) -> Rows:
    things = Rows(engine, THINGS)
    things.prepare(SEED)
    return things


def names(rows: Rows) -> list[str]:
    return [thing["name"] for thing in rows.page(limit=10).items]


def test_an_empty_store_is_seeded(rows: Rows) -> None:
    assert names(rows) == ["one", "two"]


def test_a_store_in_use_is_left_alone(rows: Rows) -> None:
    rows.delete(1)

    rows.prepare(SEED)

    assert names(rows) == ["two"]


def test_the_store_counts_on_from_the_largest_key(rows: Rows) -> None:
    rows.add(10, name="ten")

    assert rows.add(None, name="next")["id"] == 11


def test_a_key_is_never_used_again(rows: Rows) -> None:
    rows.delete(rows.add(None, name="three")["id"])

    assert rows.add(None, name="four")["id"] == 4


def test_a_key_in_use_is_refused(rows: Rows) -> None:
    with pytest.raises(KeyTakenError):
        rows.add(1, name="again")

    assert names(rows) == ["one", "two"]


def test_a_deleted_row_is_gone(rows: Rows) -> None:
    assert rows.delete(1)
    assert rows.get(1) is None
    assert not rows.delete(1)


def test_pages_follow_each_other_to_the_end(rows: Rows) -> None:
    rows.add(3, name="three")

    first = rows.page(limit=2)
    second = rows.page(limit=2, after=first.next_after or 0)

    assert [thing["id"] for thing in first.items] == [1, 2]
    assert [thing["id"] for thing in second.items] == [3]
    assert second.next_after is None


def test_a_page_that_just_fits_is_the_last(rows: Rows) -> None:
    assert rows.page(limit=2).next_after is None


def test_a_page_holds_only_the_keys_asked_for(rows: Rows) -> None:
    assert [thing["id"] for thing in rows.page(limit=10, keys=[2, 99]).items] == [2]


def test_readers_do_not_wait_for_a_writer(rows: Rows, engine: Engine) -> None:
    with engine.connect() as writer:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        writer.execute(text("UPDATE things SET name = 'changed'"))

        assert names(rows) == ["one", "two"]


def test_a_store_that_cannot_be_opened_is_told_in_a_sentence(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/no/such/things.db", pool_size=1)

    with pytest.raises(StoreUnavailableError, match=r"^Cannot use the database sqlite:///"):
        Rows(engine, THINGS).prepare(SEED)


def test_an_error_does_not_repeat_what_a_client_sent(engine: Engine) -> None:
    with pytest.raises(OperationalError) as caught:  # there is no table yet
        Rows(engine, THINGS).add(None, name="a secret")

    assert "a secret" not in str(caught.value)
