"""Holds every problem that a test meets against the OpenAPI document."""

import re
from typing import Any

import httpx

_MEMBERS = {"type", "title", "status", "code", "detail"}


def check_problem(response: httpx.Response, document: dict[str, Any]) -> None:
    """Refuse an error that is not a problem, or that the document does not know at this route."""
    if response.request.method == "HEAD":
        return
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem.keys() >= _MEMBERS
    assert problem["status"] == response.status_code
    assert problem["type"] == f"urn:tracklift:problem:{problem['code'].replace('_', '-')}"
    assert problem["detail"]
    assert problem["title"]
    operation = _operation(document, response.request)
    if operation is not None:
        described = operation["responses"].get(str(response.status_code), {}).get("description", "")
        assert f"`{problem['code']}`" in described, f"{problem['code']} is not documented"


def _operation(document: dict[str, Any], request: httpx.Request) -> dict[str, Any] | None:
    # A path without parameters goes before one that would fit as well.
    for template, operations in sorted(document["paths"].items(), key=lambda path: "{" in path[0]):
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, request.url.path):
            operation: dict[str, Any] | None = operations.get(request.method.lower())
            return operation
    return None
