"""The OpenAPI document: every answer has an example, and each example is what the route's model says."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from api.app import create, seal
from api.settings import ApiSettings
from lineshaft.clock import system_clock

BARE = {"/api/v1/plant", "/livez", "/readyz"}
"""The plant is as long as the plant is; health says itself."""


@pytest.fixture(scope="module")
def document_app() -> FastAPI:
    app = create(ApiSettings("postgresql://nowhere.invalid/x"), system_clock)
    seal(app)
    return app


def examples(app: FastAPI) -> list[tuple[str, str, Any]]:
    return [
        (method, path, answer["content"]["application/json"].get("example"))
        for path, methods in app.openapi()["paths"].items()
        for method, of in methods.items()
        for answer in [of["responses"].get("200", {})]
        if "application/json" in answer.get("content", {})
    ]


def test_every_answer_has_an_example(document_app: FastAPI) -> None:
    bare = {path for _, path, example in examples(document_app) if example is None}
    assert bare == BARE


def test_an_example_is_what_the_route_answers(document_app: FastAPI) -> None:
    models = {
        (method.lower(), one.path): one.route.response_model
        for one in iter_route_contexts(document_app.routes)
        if isinstance(one.route, APIRoute)
        for method in one.route.methods
    }
    for method, path, example in examples(document_app):
        if example is not None:
            TypeAdapter(models[method, path]).validate_python(example)


def test_inputs_have_descriptions_or_examples(document_app: FastAPI) -> None:
    schemas = document_app.openapi()["components"]["schemas"]
    bodies = [name for name in schemas if name.endswith("Input")]
    assert len(bodies) >= 5
    assert all(schemas[name]["additionalProperties"] is False for name in bodies)


def test_operations_have_a_sentence_each(document_app: FastAPI) -> None:
    operations = [of for methods in document_app.openapi()["paths"].values() for of in methods.values()]
    assert all(of.get("description") for of in operations)
