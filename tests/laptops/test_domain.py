from collections.abc import Sequence

import pytest

from chassis.paging import Page
from laptops.domain import (
    Catalogue,
    Draft,
    Laptop,
    LaptopIdTakenError,
    LaptopNotFoundError,
    Port,
    PortsUnavailableError,
    UnknownPortsError,
)

USB_C = Port(1, "USB-C")
USB_A = Port(2, "USB-A")


class FakeStore:
    def __init__(self, *laptops: Laptop) -> None:
        self.laptops = {laptop.id: laptop for laptop in laptops}

    def page(self, *, limit: int, after: int) -> Page[Laptop]:
        return Page([laptop for laptop in self.laptops.values() if laptop.id > after][:limit])

    def get(self, laptop_id: int) -> Laptop:
        if laptop_id not in self.laptops:
            raise LaptopNotFoundError
        return self.laptops[laptop_id]

    def add(self, draft: Draft) -> Laptop:
        laptop_id = draft.id or max(self.laptops, default=0) + 1
        if laptop_id in self.laptops:
            raise LaptopIdTakenError
        self.laptops[laptop_id] = Laptop(laptop_id, draft.title, draft.model, draft.ports)
        return self.laptops[laptop_id]

    def remove(self, laptop_id: int) -> None:
        self.get(laptop_id)
        del self.laptops[laptop_id]


class FakePorts:
    def __init__(self, *ports: Port, down: bool = False) -> None:
        self.ports = ports
        self.down = down
        self.asked: list[Sequence[int]] = []

    def find(self, ids: Sequence[int]) -> dict[int, Port]:
        self.asked.append(ids)
        if self.down:
            raise PortsUnavailableError
        return {port.id: port for port in self.ports if port.id in ids}


def test_a_laptop_whose_ports_exist_is_taken_in_without_a_warning() -> None:
    laptop, missing = Catalogue(FakeStore(), FakePorts(USB_C)).add(Draft("Lenovo", "S3", (1,)))

    assert laptop == Laptop(1, "Lenovo", "S3", (1,))
    assert missing == []


def test_a_laptop_with_a_port_that_does_not_exist_is_refused() -> None:
    store = FakeStore()

    with pytest.raises(UnknownPortsError, match="There is no port with id 8, 9"):
        Catalogue(store, FakePorts(USB_C)).add(Draft("Lenovo", "S3", (1, 8, 9)))

    assert store.laptops == {}


def test_while_port_is_down_a_laptop_is_taken_on_trust_and_it_says_so() -> None:
    laptop, missing = Catalogue(FakeStore(), FakePorts(down=True)).add(
        Draft("Lenovo", "S3", (1, 2))
    )

    assert laptop.ports == (1, 2)
    assert [(gap.code, gap.ports) for gap in missing] == [("ports_unverified", (1, 2))]


def test_a_laptop_tells_its_ports_in_its_own_order() -> None:
    catalogue = Catalogue(FakeStore(Laptop(1, "Lenovo", "S3", (2, 1))), FakePorts(USB_C, USB_A))

    assert catalogue.get_with_ports(1)[1:] == ([USB_A, USB_C], [])


def test_while_port_is_down_a_laptop_tells_what_it_knows_and_what_is_missing() -> None:
    lenovo = Laptop(1, "Lenovo", "S3", (1,))

    laptop, ports, missing = Catalogue(FakeStore(lenovo), FakePorts(down=True)).get_with_ports(1)

    assert (laptop, ports) == (lenovo, [])
    assert [(gap.code, gap.ports) for gap in missing] == [("ports_unavailable", (1,))]


def test_a_port_that_is_gone_is_told_as_missing() -> None:
    lenovo = Laptop(1, "Lenovo", "S3", (1, 9))

    _, ports, missing = Catalogue(FakeStore(lenovo), FakePorts(USB_C)).get_with_ports(1)

    assert ports == [USB_C]
    assert [(gap.code, gap.ports) for gap in missing] == [("ports_unknown", (9,))]


def test_only_what_names_ports_ever_asks_for_them() -> None:
    ports = FakePorts(down=True)
    catalogue = Catalogue(FakeStore(Laptop(1, "Lenovo", "S3", (1,)), Laptop(2, "Dell", "L")), ports)

    catalogue.page(limit=10, after=0)
    catalogue.get(1)
    catalogue.get_with_ports(2)
    catalogue.add(Draft("Framework", "13"))
    catalogue.remove(1)

    assert ports.asked == []
