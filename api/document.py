"""The OpenAPI document, with examples that keep their nulls."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts


def describe(app: FastAPI) -> dict[str, Any]:
    """The document as FastAPI makes it; it drops what is null from examples, where null is the contract."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        for path, method, example in _examples(app):
            answer = document["paths"][path][method]["responses"]["200"]
            answer["content"]["application/json"]["example"] = example
        app.openapi_schema = document
    return app.openapi_schema


def _examples(app: FastAPI) -> Iterator[tuple[str, str, Any]]:
    for one in iter_route_contexts(app.routes):
        if isinstance(one.route, APIRoute) and one.route.include_in_schema:
            content = one.route.responses.get(200, {}).get("content", {}).get("application/json", {})
            if "example" in content:
                yield from (
                    (str(one.path_format), method.lower(), content["example"])
                    for method in one.route.methods or ()
                )
