"""The OpenAPI document and the page that shows it."""

import re
from typing import Any

import httpx
import pytest
from litestar.di import Provide
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.unit.http.backstage import Backstage, gateway_use_cases, in_process
from tracklift_domain.extraction.options import OPTIONS
from tracklift_gateway.account_api import account_api
from tracklift_gateway.app import create_app
from tracklift_gateway.routes.accounts import ACCOUNT_ROUTES

OPERATIONS = {
    "POST /v1/users",
    "GET /v1/me",
    "GET /v1/sign-in",
    "POST /v1/device-sign-ins",
    "POST /v1/device-sign-ins/token",
    "GET /v1/me/data",
    "DELETE /v1/me",
    "GET /v1/api-keys",
    "POST /v1/api-keys",
    "DELETE /v1/api-keys/{key_id}",
    "POST /v1/email-verifications",
    "POST /v1/email-verifications/confirm",
    "POST /v1/password-resets",
    "POST /v1/password-resets/confirm",
    "POST /v1/token",
    "POST /v1/revoke",
    "GET /.well-known/jwks.json",
    "GET /v1/admin/users",
    "POST /v1/admin/users",
    "POST /v1/admin/invitations",
    "POST /v1/invitations/accept",
    "POST /v1/me/email",
    "POST /v1/email-changes/confirm",
    "GET /v1/admin/users/{user_id}",
    "PATCH /v1/admin/users/{user_id}",
    "DELETE /v1/admin/users/{user_id}",
    "POST /v1/admin/users/{user_id}/password-reset",
    "DELETE /v1/admin/users/{user_id}/second-factor",
    "GET /v1/admin/conversions",
    "GET /v1/admin/conversion-states",
    "GET /v1/admin/dead-letters",
    "POST /v1/admin/dead-letters/{queue}/{letter_id}/redrive",
    "POST /v1/session",
    "GET /v1/sessions",
    "DELETE /v1/sessions",
    "DELETE /v1/sessions/{session_id}",
    "PUT /v1/me/password",
    "GET /v1/me/second-factor",
    "POST /v1/me/second-factor",
    "POST /v1/me/second-factor/confirm",
    "POST /v1/me/second-factor/remove",
    "POST /v1/session/refresh",
    "DELETE /v1/session",
    "POST /v1/conversions",
    "GET /v1/conversions",
    "GET /v1/conversions/{conversion_id}",
    "PATCH /v1/conversions/{conversion_id}",
    "DELETE /v1/conversions/{conversion_id}",
    "POST /v1/conversions/{conversion_id}/cancel",
    "POST /v1/conversions/{conversion_id}/retry",
    "POST /v1/conversions/{conversion_id}/again",
    "GET /v1/conversions/{conversion_id}/events",
    "GET /v1/events",
    "GET /v1/conversions/archive",
    "GET /v1/conversions/{conversion_id}/peaks",
    "GET /v1/conversions/{conversion_id}/audio",
    "HEAD /v1/conversions/{conversion_id}/audio",
    "OPTIONS /v1/uploads",
    "POST /v1/uploads",
    "HEAD /v1/uploads/{upload_id}",
    "PATCH /v1/uploads/{upload_id}",
    "DELETE /v1/uploads/{upload_id}",
    "GET /healthz",
    "GET /readyz",
}


@pytest.fixture
def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the operations by method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


async def test_the_document_is_served_as_openapi(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    answer = await client.get("/v1/openapi.json")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    assert answer.json() == document
    assert answer.json()["openapi"].startswith("3.1.")


async def test_the_gateway_alone_describes_what_it_passes_on_to_auth_as_auth_answers_it(
    backstage: Backstage, document: dict[str, Any]
) -> None:
    """`make account-api` brings it up to date."""
    app = create_app(
        gateway_use_cases(backstage),
        checks={},
        limits=(),
        more_routes=ACCOUNT_ROUTES,
        more_dependencies={"auth_service": Provide(object, sync_to_thread=False)},
        passed_on=account_api(),
    )
    async with httpx.AsyncClient(transport=in_process(app), base_url="http://gateway") as gateway:
        described = (await gateway.get("/v1/openapi.json")).json()

    assert described == document


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_route_is_in_the_document(operations: dict[str, dict[str, Any]]) -> None:
    assert operations.keys() == OPERATIONS


def test_every_operation_has_a_name_of_its_own_a_summary_and_a_known_tag(
    operations: dict[str, dict[str, Any]], document: dict[str, Any]
) -> None:
    names = [operation["operationId"] for operation in operations.values()]
    tags = {tag["name"] for tag in document["tags"]}

    assert len(set(names)) == len(names)
    for operation in operations.values():
        assert operation["summary"]
        assert set(operation["tags"]) <= tags


def test_the_document_says_which_routes_need_a_token_and_how_others_are_refused(
    operations: dict[str, dict[str, Any]], document: dict[str, Any]
) -> None:
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["components"]["securitySchemes"]["cookie"]["in"] == "cookie"
    for name, operation in operations.items():
        needs_token = bool(operation.get("security"))
        assert needs_token == ("401" in operation["responses"]), name


def test_every_error_is_a_problem_with_its_codes_and_an_example_of_each(
    operations: dict[str, dict[str, Any]], document: dict[str, Any]
) -> None:
    schema = document["components"]["schemas"]["ProblemDetails"]
    assert set(schema["required"]) == {"type", "title", "status", "code", "detail"}
    assert {"field", "errors", "quota", "limit", "used", "until", "offset"} < set(schema["properties"])
    for name, operation in operations.items():
        for status, response in operation["responses"].items():
            if int(status) < 400 or name == "GET /readyz":
                continue
            content = response["content"]["application/problem+json"]
            assert content["schema"] == {"$ref": "#/components/schemas/ProblemDetails"}
            codes = re.findall(r"`(\w+)`", response["description"].partition("Codes: ")[2])
            examples = [example["value"] for example in content["examples"].values()]
            assert [example["code"] for example in examples] == codes, name
            assert {example["status"] for example in examples} == {int(status)}, name


def test_no_operation_lists_the_frameworks_own_form_of_an_error(document: dict[str, Any]) -> None:
    assert "status_code" not in str(document)


def _examples(node: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Find every media type that has examples, with its schema."""
    found: list[tuple[str, Any, Any]] = []
    if isinstance(node, dict):
        if "examples" in node and "schema" in node and isinstance(node["examples"], dict):
            found += [(path, node["schema"], example["value"]) for example in node["examples"].values()]
        for key, value in node.items():
            found += _examples(value, f"{path}/{key}")
    return found


def test_every_example_is_of_the_form_that_its_schema_asks_for(document: dict[str, Any]) -> None:
    examples = _examples(document["paths"])

    assert len(examples) > 50
    for path, schema, value in examples:
        whole = {**schema, "components": document["components"]}
        errors = [error.message for error in OAS31Validator(whole).iter_errors(value)]
        assert errors == [], path


@pytest.mark.parametrize(
    "operation",
    sorted(
        name
        for name in OPERATIONS
        - {"POST /v1/email-verifications", "POST /v1/session/refresh"}  # Nothing but a token is sent.
        if name.startswith("POST") and "{" not in name
    ),
)
def test_what_is_sent_is_described_with_an_example_or_field_by_field(
    operations: dict[str, dict[str, Any]], operation: str
) -> None:
    content = operations[operation]["requestBody"]["content"]

    for media_type in content.values():
        assert media_type.get("examples") or media_type["schema"]


def _referenced(node: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Find the schemas that a schema leads to, by name."""
    found: dict[str, Any] = {}
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key == "$ref":
            name = value.rpartition("/")[2]
            found |= {name: schemas[name], **_referenced(schemas[name], schemas)}
        elif isinstance(value, dict | list):
            found |= _referenced(value, schemas)
    return found


def test_no_json_that_is_sent_may_have_unknown_fields(
    operations: dict[str, dict[str, Any]], document: dict[str, Any]
) -> None:
    bodies = {
        name: operation["requestBody"]["content"]["application/json"]["schema"]
        for name, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }

    assert len(bodies) > 15
    for name, body in bodies.items():
        schemas = _referenced(body, document["components"]["schemas"])
        objects = {key: each for key, each in schemas.items() if each.get("type") == "object"}
        assert objects, name
        for key, schema in objects.items():
            assert schema["additionalProperties"] is False, (name, key)


def test_the_upload_describes_the_form_with_every_option_and_the_bare_video(
    operations: dict[str, dict[str, Any]],
) -> None:
    body = operations["POST /v1/conversions"]["requestBody"]

    assert body["required"]
    assert body["content"].keys() == {"multipart/form-data", "video/mp4"}
    form = body["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file"]
    assert form["properties"].keys() == {"file", *(option.name for option in OPTIONS)}


def test_an_answer_promises_every_option(document: dict[str, Any]) -> None:
    shown = document["components"]["schemas"]["OptionsResponse"]

    assert shown["required"] == sorted(option.name for option in OPTIONS)
    assert shown["properties"].keys() == set(shown["required"])


def test_the_upload_tells_of_every_parameter_beside_its_body(operations: dict[str, dict[str, Any]]) -> None:
    parameters = {(each["in"], each["name"]) for each in operations["POST /v1/conversions"]["parameters"]}

    assert ("header", "Idempotency-Key") in parameters
    assert {("query", name) for name in ("name", *(option.name for option in OPTIONS))} <= parameters


def test_the_download_tells_of_the_headers_that_it_understands(operations: dict[str, dict[str, Any]]) -> None:
    parameters = {
        (each["in"], each["name"])
        for each in operations["GET /v1/conversions/{conversion_id}/audio"]["parameters"]
    }

    assert {("header", name) for name in ("Range", "If-Range", "If-None-Match")} <= parameters


async def test_the_page_needs_nothing_from_another_host(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")

    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert len(loaded) == 4
    for address in loaded:
        assert address.startswith("/docs/")
        answer = await client.get(address)
        assert answer.status_code == 200
        assert answer.content
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    script = (await client.get("/docs/page.js")).text
    assert "//" not in script
    # Without this the viewer sends the document's address to a service that checks documents.
    assert "validatorUrl: null" in script


async def test_the_page_is_kept_from_loading_anything_from_elsewhere(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/docs")).headers["Content-Security-Policy"]

    directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert directives.pop("img-src") == "'self' data:", "the viewer's style sheet holds its icons"
    assert directives.pop("default-src") == "'none'"
    assert set(directives.values()) == {"'self'", "'none'"}
    assert {"script-src", "style-src", "frame-ancestors", "base-uri", "form-action"} <= directives.keys()


@pytest.mark.parametrize("address", ["/docs/assets/", "/docs/assets/%2e%2e/__init__.py", "/docs/assets/x.js"])
async def test_no_other_files_than_those_of_the_viewer_are_served(
    client: httpx.AsyncClient, address: str
) -> None:
    assert (await client.get(address)).status_code == 404


@pytest.mark.parametrize(
    "path", ["", "/", "/openapi.json", "/openapi.yaml", "/swagger", "/oauth2-redirect.html", "/x", "/x.json"]
)
async def test_the_pages_that_litestar_would_serve_by_itself_are_not_there(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(f"/schema{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
