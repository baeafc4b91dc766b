"""Writes the interface as the web application sees it: `python -m tests.web_api`, after a change of a route."""

import json
from pathlib import Path
from typing import Any

from litestar.serialization import encode_json

from tests.unit.http.backstage import Backstage
from tracklift_gateway.account_api import account_api

FILE = Path(__file__).resolve().parents[1] / "apps" / "web" / "openapi.json"
_NOT_TYPES = frozenset(
    {"description", "summary", "example", "examples", "title", "tags", "security", "default"}
)


def current_api() -> str:
    """Give the OpenAPI document of gateway and auth as JSON, with nothing in it but what types are made of."""
    shared = json.loads(encode_json(Backstage().make_app().openapi_schema.to_schema()))
    accounts = account_api()
    document = {
        "openapi": shared["openapi"],
        "info": {"title": "Tracklift", "version": "1"},
        "paths": {
            path: _without_prose(methods)
            for path, methods in sorted({**accounts["paths"], **shared["paths"]}.items())
            if path.startswith("/v1/")
        },
        "components": {
            "schemas": {
                name: _without_prose(schema)
                for name, schema in sorted(
                    {**accounts["components"]["schemas"], **shared["components"]["schemas"]}.items()
                )
            }
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _without_prose(value: Any, *, names: bool = False) -> Any:
    """Leave out what is prose. In `names`, keys are names of fields, which may be called as parts of a schema are."""
    if isinstance(value, list):
        return [_without_prose(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "responses" in value:
        # What refusals look like is the same everywhere: a problem.
        value = {**value, "responses": {k: v for k, v in value["responses"].items() if int(k) < 400}}
    kept = value.items() if names else [(k, v) for k, v in value.items() if k not in _NOT_TYPES]
    cleaned = {name: _without_prose(each, names=name == "properties" and not names) for name, each in kept}
    if any(str(status).isdecimal() for status in cleaned):
        # OpenAPI wants a description of each answer.
        return {k: {"description": "", **v} if str(k).isdecimal() else v for k, v in cleaned.items()}
    return cleaned


if __name__ == "__main__":
    FILE.write_text(current_api(), encoding="utf-8")
