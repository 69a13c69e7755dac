"""The port API over HTTP.

Handlers are plain functions: FastAPI runs each in a thread, where the database driver may block.
That is one hop a request; an async driver for SQLite hops to a thread of its own for every call.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from chassis.fastapi import require_json
from chassis.fields import LARGEST_ID, AnyId
from chassis.paging import DEFAULT_LIMIT, LARGEST_LIMIT, link_header
from chassis.problems import problem_responses
from port.domain import PortStore
from port.schemas import NewPort, PortDetails, PortOut

PATH = "/port"
ITEM = f"{PATH}/{{id}}"

Limit = Annotated[int, Query(ge=1, le=LARGEST_LIMIT)]
After = Annotated[int, Query(ge=0, le=LARGEST_ID, description="The last id that you have")]
Ids = Annotated[
    list[AnyId], Query(alias="id", max_length=100, description="Only the ports with these ids")
]
PortId = Annotated[int, Path(alias="id", ge=1, le=LARGEST_ID)]


def make_routes(store: PortStore) -> APIRouter:
    """Bind the API to a store."""
    api = APIRouter(tags=["port"])

    @api.get(PATH, summary="List ports", responses=problem_responses(422, 503))
    @api.head(PATH, include_in_schema=False)
    def list_ports(
        response: Response,
        limit: Limit = DEFAULT_LIMIT,
        after: After = 0,
        ids: Ids = [],  # noqa: B006
    ) -> list[PortOut]:
        """Ports in the order of their ids; the Link header leads to the next page."""
        page = store.page(limit=limit, after=after, ids=ids)
        filters = [("id", i) for i in ids]
        response.headers.update(
            link_header(PATH, limit=limit, next_after=page.next_after, filters=filters)
        )
        return [PortOut.of(port) for port in page.items]

    @api.post(
        PATH,
        summary="Add a port",
        status_code=201,
        dependencies=[Depends(require_json)],
        responses=problem_responses(400, 409, 413, 415, 422, 503),
    )
    def add_port(body: NewPort, response: Response) -> PortOut:
        """Add a port to the catalogue."""
        port = store.add(body.draft())
        response.headers["Location"] = f"{PATH}/{port.id}"
        return PortOut.of(port)

    @api.get(
        ITEM,
        summary="Read a port",
        response_model_exclude_none=True,
        responses=problem_responses(404, 422, 503),
    )
    @api.head(ITEM, include_in_schema=False)
    def read_port(port_id: PortId) -> PortDetails:
        """Read one port; where events tell, with how many laptops have it."""
        return PortDetails.of(store.get(port_id))

    @api.delete(
        ITEM, summary="Remove a port", status_code=204, responses=problem_responses(404, 422, 503)
    )
    def remove_port(port_id: PortId) -> None:
        """Forget a port."""
        store.remove(port_id)

    return api
