"""The events: what each says, and in which version. Both ends validate against these models.

A version is a promise. A field may be added to one, since readers ignore what they do not know.
Anything else is a new version with a model of its own, published beside the old one until no queue
is bound to the old one.
"""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from events.errors import InvalidEventError

Id = Annotated[int, Field(ge=1)]


class Event(BaseModel):
    """Something that has happened, in one version of its wording."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    version: ClassVar[int]

    @classmethod
    def routing_key(cls) -> str:
        """Return the key it is published with, such as `port.retired.v1`."""
        return f"{cls.type}.v{cls.version}"


class PortRetired(Event):
    """The port service deleted a port. Whoever names the port drops it."""

    type: ClassVar[str] = "port.retired"
    version: ClassVar[int] = 1

    port_id: Id
    name: Annotated[str, Field(min_length=1, max_length=200)]


class LaptopAdded(Event):
    """The laptops service added a laptop that has these ports."""

    type: ClassVar[str] = "laptop.added"
    version: ClassVar[int] = 1

    laptop_id: Id
    port_ids: tuple[Id, ...] = ()


class LaptopRemoved(Event):
    """The laptops service removed a laptop that had these ports."""

    type: ClassVar[str] = "laptop.removed"
    version: ClassVar[int] = 1

    laptop_id: Id
    port_ids: tuple[Id, ...] = ()


CATALOGUE: dict[tuple[str, int], type[Event]] = {
    (model.type, model.version): model for model in (PortRetired, LaptopAdded, LaptopRemoved)
}
"""Every event there is, by type and version."""


def parse(event_type: str, version: int, body: bytes | str) -> Event:
    """Return the event that `body`, a JSON object, states. Raises InvalidEventError."""
    model = CATALOGUE.get((event_type, version))
    if model is None:
        raise InvalidEventError(f"no such event: {event_type!r} in version {version!r}")
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        where = ", ".join(".".join(map(str, e["loc"])) or "body" for e in error.errors())
        raise InvalidEventError(
            f"{event_type} version {version} does not validate: {where}"
        ) from None
