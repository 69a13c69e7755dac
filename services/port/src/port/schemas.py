"""The JSON that the port API takes and gives."""

from __future__ import annotations

from pydantic import BaseModel

from chassis.fields import ChosenId, Message, Name
from port.domain import Draft, Port


class NewPort(Message):
    """A port to add; without an id it gets the next one."""

    id: ChosenId | None = None
    name: Name

    def draft(self) -> Draft:
        """Return it as the domain's type."""
        return Draft(self.name, self.id)


class PortOut(BaseModel):
    """A port."""

    id: int
    name: str

    @classmethod
    def of(cls, port: Port) -> PortOut:
        """Return it as the schema of an answer."""
        return cls(id=port.id, name=port.name)


class PortDetails(PortOut):
    """A port, and how many laptops have it where that is counted."""

    laptops: int | None = None

    @classmethod
    def of(cls, port: Port) -> PortDetails:
        """Return it as the schema of an answer."""
        return cls(id=port.id, name=port.name, laptops=port.laptops)
