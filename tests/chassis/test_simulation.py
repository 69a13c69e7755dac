import pytest

from chassis.simulation import Supplier

SUPPLIER = Supplier(lambda: 0.1, path_prefix="/port")


@pytest.mark.parametrize("path", ["/port", "/port/1"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reads_of_the_catalogue_ask_the_supplier(method: str, path: str) -> None:
    assert SUPPLIER.seconds_for(method, path) == 0.1


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_writes_do_not(method: str) -> None:
    assert not SUPPLIER.seconds_for(method, "/port")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/docs", "/portable"])
def test_nothing_else_does(path: str) -> None:
    assert not SUPPLIER.seconds_for("GET", path)


def test_it_is_off_at_zero() -> None:
    assert not Supplier(lambda: 0.0, path_prefix="/port").seconds_for("GET", "/port")
