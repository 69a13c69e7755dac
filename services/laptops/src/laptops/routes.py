"""The laptops API over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, jsonify
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from chassis.paging import link_header
from chassis.problems import problem_responses
from laptops.domain import Catalogue
from laptops.schemas import (
    LaptopDetails,
    LaptopList,
    LaptopOut,
    LaptopPath,
    LaptopQuery,
    NewLaptop,
    PageQuery,
)

PATH = "/laptops"
ITEM = f"{PATH}/<id>"


def make_routes(catalogue: Catalogue) -> APIBlueprint:
    """Bind the API to a catalogue."""
    api = APIBlueprint("laptops", __name__, abp_tags=[Tag(name="laptops")])

    @api.get(
        PATH, summary="List laptops", responses={200: LaptopList, **problem_responses(422, 503)}
    )
    def list_laptops(query: PageQuery) -> Response:
        """Laptops in the order of their ids; the Link header leads to the next page."""
        page = catalogue.page(limit=query.limit, after=query.after)
        headers = link_header(PATH, limit=query.limit, next_after=page.next_after)
        return _answer([LaptopOut.of(laptop) for laptop in page.items], headers=headers)

    @api.post(
        PATH,
        summary="Add a laptop",
        responses={201: LaptopDetails, **problem_responses(400, 409, 413, 415, 422, 503)},
    )
    def add_laptop(body: NewLaptop) -> Response:
        """Ports are checked with the port service; if it can't be asked, a warning says so."""
        laptop, missing = catalogue.add(body.draft())
        headers = {"Location": f"{PATH}/{laptop.id}"}
        return _answer(LaptopDetails.tell(laptop, missing), HTTPStatus.CREATED, headers)

    @api.get(
        ITEM,
        summary="Read a laptop",
        responses={200: LaptopDetails, **problem_responses(404, 422, 503)},
    )
    def read_laptop(path: LaptopPath, query: LaptopQuery) -> Response:
        """With include=ports the port service is asked; if it can't be, a warning says so."""
        if query.include is None:
            return _answer(LaptopOut.of(catalogue.get(path.id)))
        laptop, ports, missing = catalogue.get_with_ports(path.id)
        return _answer(LaptopDetails.tell(laptop, missing, ports))

    @api.delete(
        ITEM, summary="Remove a laptop", responses={204: None, **problem_responses(404, 422, 503)}
    )
    def remove_laptop(path: LaptopPath) -> Response:
        """Forget a laptop."""
        catalogue.remove(path.id)
        return Response(status=HTTPStatus.NO_CONTENT)

    return api


def _answer(
    body: LaptopOut | list[LaptopOut],
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with JSON that leaves out what there is nothing to say about."""
    items = body if isinstance(body, list) else [body]
    added = [item.model_dump(exclude_none=True) for item in items]
    response = jsonify(added if isinstance(body, list) else added[0])
    response.status_code = status
    response.headers.update(headers or {})
    return response
