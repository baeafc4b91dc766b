"""The client knows every route of the OpenAPI document, and every field of what the server says."""

import ast
import inspect
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest
from litestar import Litestar

from tests.unit.http.backstage import Backstage
from tracklift_client import routes
from tracklift_client.client import Client
from tracklift_client.models import accounts, conversions, operation
from tracklift_client.models.options import Options
from tracklift_client.routes import Route

NOT_FOR_PROGRAMS = {
    "POST /v1/session": "cookies are for browsers",
    "POST /v1/session/refresh": "cookies are for browsers",
    "DELETE /v1/session": "cookies are for browsers",
    "GET /v1/conversions/archive": "links of pages lead to it; programs download one MP3 after the other, and go on",
    "GET /.well-known/jwks.json": "keys are for services that verify tokens",
    "GET /healthz": "health is for those who operate the server",
    "GET /readyz": "health is for those who operate the server",
}
MODELS: dict[str, type[msgspec.Struct]] = {
    "AdminUserListResponse": accounts.ManagedUserPage,
    "AdminUserResponse": accounts.ManagedUser,
    "AccountDataResponse": accounts.AccountData,
    "IdentityResponse": accounts.Identity,
    "ApiKeyListResponse": accounts.ApiKeyList,
    "ApiKeyResponse": accounts.ApiKey,
    "AudioResponse": conversions.Audio,
    "ChapterResponse": conversions.Chapter,
    "ConversionListResponse": conversions.ConversionPage,
    "ConversionResponse": conversions.Conversion,
    "DamageResponse": conversions.Damage,
    "DeviceSignInResponse": accounts.DeviceSignIn,
    "ErrorResponse": conversions.Failure,
    "NewApiKeyResponse": accounts.NewApiKey,
    "NewSecondFactorResponse": accounts.NewSecondFactor,
    "OptionsResponse": Options,
    "ProviderListResponse": accounts.SignInProviderList,
    "ProviderResponse": accounts.SignInProvider,
    "RecoveryCodesResponse": accounts.RecoveryCodes,
    "SecondFactorResponse": accounts.SecondFactor,
    "SessionListResponse": accounts.UserSessionList,
    "SessionResponse": accounts.UserSession,
    "SourceResponse": conversions.Source,
    "TokenResponse": accounts.TokenAnswer,
    "TrackResponse": conversions.Track,
    "UploadResponse": conversions.UnfinishedUpload,
    "AccountResponse": accounts.Account,
    "ConversionStateResponse": operation.ConversionSummary,
    "ConversionStateListResponse": operation.ConversionSummaryPage,
    "StateCountResponse": operation.StateCount,
    "StateCountsResponse": operation.StateCounts,
    "DeadLetterResponse": operation.DeadLetter,
    "DeadLetterListResponse": operation.DeadLetterList,
    "UserDetailsResponse": accounts.UserDetails,
    "QuotaResponse": accounts.QuotaUse,
    "QuotasResponse": accounts.Quotas,
    "UserQuotaResponse": accounts.UserQuota,
    "UserResponse": accounts.User,
}
CHOICES = {
    "ConversionState": conversions.State,
    "MailNote": conversions.MailNote,
    "Role": accounts.Role,
    "Scope": accounts.Scope,
    "Sent": conversions.Sent,
}
CLIENT = Path(inspect.getfile(Client)).parent


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Give the gateway's OpenAPI document, with auth's routes in it."""
    app: Litestar = Backstage().make_app()
    schema: dict[str, Any] = app.openapi_schema.to_schema()
    return schema


def known_routes() -> dict[str, Route]:
    """Give the client's routes by the name that its code uses."""
    return {name: value for name, value in vars(routes).items() if isinstance(value, Route)}


def test_no_route_is_missing(document: dict[str, Any]) -> None:
    """Nor is there one that the server does not have."""
    offered = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    known = {f"{route.method} {route.template}" for route in known_routes().values()}

    assert offered - known == set(NOT_FOR_PROGRAMS)
    assert known <= offered


def test_every_route_is_called() -> None:
    """By an operation; a list of routes alone does nothing."""
    used = {
        node.id
        for path in CLIENT.rglob("*.py")
        if path.name != "routes.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name)
    }

    assert known_routes().keys() <= used


def test_every_answer_has_a_type(document: dict[str, Any]) -> None:
    """Those that the server has too, and no others."""
    answers = {name for name in document["components"]["schemas"] if name.endswith("Response")}

    assert answers - {"HealthResponse", "ReadinessResponse"} == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_no_field_is_missing(document: dict[str, Any], name: str) -> None:
    """Each has the type that the document gives it."""
    schema = document["components"]["schemas"][name]
    fields = {field.name: field.type for field in msgspec.structs.fields(MODELS[name])}

    assert fields.keys() == schema["properties"].keys()
    for field, kind in fields.items():
        assert set(kinds_of_type(kind)) == set(kinds_of_schema(schema["properties"][field], document)), field


@pytest.mark.parametrize("name", CHOICES)
def test_no_choice_is_missing(document: dict[str, Any], name: str) -> None:
    """So that no answer has a value that the client takes for an error."""
    assert {str(each) for each in CHOICES[name]} == set(document["components"]["schemas"][name]["enum"])


def test_no_option_is_missing(document: dict[str, Any]) -> None:
    """As a query parameter of an upload."""
    parameters = document["paths"]["/v1/conversions"]["post"]["parameters"]
    named = {each["name"] for each in parameters if each["in"] == "query"} - {"name"}

    assert set(Options.__struct_fields__) == named


def test_options_are_sent_as_text() -> None:
    """Those that were given; the server's own defaults stay its own."""
    options = Options(bitrate=320, start=3723.5, track="pt-BR", normalize=True, title="A, b")

    assert options.fields() == {
        "bitrate": "320",
        "start": "3723.5",
        "track": "pt-BR",
        "normalize": "true",
        "title": "A, b",
    }


def kinds_of_type(kind: Any) -> Iterator[str]:
    """Name what JSON a type stands for."""
    if get_origin(kind) in {types.UnionType, Union}:
        for each in get_args(kind):
            yield from kinds_of_type(each)
    elif get_origin(kind) is list:
        yield from (f"list of {each}" for each in kinds_of_type(get_args(kind)[0]))
    elif isinstance(kind, type) and kind.__name__ in {each.__name__ for each in MODELS.values()}:
        yield next(name for name, model in MODELS.items() if model is kind)
    elif kind in CHOICES.values():
        yield next(name for name, choice in CHOICES.items() if choice is kind)
    else:
        yield {"NoneType": "null", "datetime": "date-time"}.get(kind.__name__, kind.__name__)


def kinds_of_schema(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    """Name what JSON a schema stands for, in the same names."""
    if "oneOf" in schema:
        for each in schema["oneOf"]:
            yield from kinds_of_schema(each, document)
    elif "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
    elif isinstance(schema["type"], list):
        for each in schema["type"]:
            yield from kinds_of_schema({**schema, "type": each}, document)
    elif schema["type"] == "array":
        yield from (f"list of {each}" for each in kinds_of_schema(schema["items"], document))
    elif schema.get("format") == "date-time":
        yield "date-time"
    else:
        names = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
        yield names.get(schema["type"], schema["type"])
