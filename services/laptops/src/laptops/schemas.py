"""The JSON that the laptops API takes and gives."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, RootModel

from chassis.fields import LARGEST_ID, AnyId, ChosenId, Message, Name
from chassis.paging import DEFAULT_LIMIT, LARGEST_LIMIT
from laptops.domain import Draft, Laptop, Missing, Port


class NewLaptop(Message):
    """A laptop to add; without an id it gets the next one."""

    id: ChosenId | None = None
    title: Name
    model: Name
    ports: Annotated[tuple[ChosenId, ...], Field(max_length=20)] = ()

    def draft(self) -> Draft:
        """Return it as the domain's type; a port named twice is named once."""
        return Draft(self.title, self.model, tuple(dict.fromkeys(self.ports)), self.id)


class LaptopOut(BaseModel):
    """A laptop."""

    id: int
    title: str
    model: str
    ports: list[int] = Field(description="Ids of ports; the port service knows their names")

    @classmethod
    def of(cls, laptop: Laptop) -> LaptopOut:
        """Return it as the schema of an answer."""
        return cls(id=laptop.id, title=laptop.title, model=laptop.model, ports=list(laptop.ports))


class LaptopList(RootModel[list[LaptopOut]]):
    """A page of laptops."""


class PortOut(BaseModel):
    """A port, as the port service tells it."""

    id: int
    name: str


class Gap(BaseModel):
    """What this answer could not tell, and why."""

    code: Literal["ports_unavailable", "ports_unknown", "ports_unverified"]
    detail: str
    ports: list[int]


class Included(BaseModel):
    """What `include` asked for."""

    ports: list[PortOut]


class LaptopDetails(LaptopOut):
    """A laptop, with what was asked for and warnings of what is missing, if any."""

    included: Included | None = None
    warnings: list[Gap] | None = None

    @classmethod
    def tell(
        cls, laptop: Laptop, missing: list[Missing], ports: list[Port] | None = None
    ) -> LaptopDetails:
        """Return it as the schema of an answer."""
        return cls(
            **LaptopOut.of(laptop).model_dump(),
            included=None
            if ports is None
            else Included(ports=[PortOut(id=p.id, name=p.name) for p in ports]),
            warnings=[Gap(code=m.code, detail=m.detail, ports=list(m.ports)) for m in missing]
            or None,
        )


class LaptopPath(BaseModel):
    """The path of one laptop."""

    id: AnyId


class PageQuery(BaseModel):
    """Which part of the catalogue."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=LARGEST_LIMIT)
    after: int = Field(0, ge=0, le=LARGEST_ID, description="The last id that you have")


class LaptopQuery(BaseModel):
    """What to tell besides the laptop."""

    include: Literal["ports"] | None = None
