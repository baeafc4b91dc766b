"""The web application has words for each error that its users may meet, and for no other."""

import json
import re
from typing import Any

import pytest

from tests.web_api import FILE

_WEB = FILE.parent
_PREFIX = "error."
_OF_THE_PAGE = frozenset({"file_changed", "invalid_limits", "no_second_factor", "offline", "user_exists"})
"""What the page itself finds out."""
_OF_PROVIDERS = frozenset({"identity_taken", "sign_in_expired"})
"""What a sign-in with a provider is led back with, to the page /sign-in-failed."""
_WITHOUT_WORDS = {
    "the page sends nothing that is refused so": {
        "bad_request",
        "checksum_mismatch",
        "cross_origin_request",
        "idempotency_key_reused",
        "incomplete_request",
        "invalid_checksum",
        "invalid_cursor",
        "invalid_idempotency_key",
        "invalid_metadata",
        "invalid_option",
        "invalid_request",
        "longer_than_declared",
        "tus_version",
        "unsupported_media_type",
    },
    "the page has no API key": {"api_key_expired", "insufficient_scope", "invalid_api_key"},
    "the session is renewed, or a dialog asks for the password": {
        "invalid_token",
        "missing_token",
        "session_not_found",
        "token_expired",
    },
    "the upload goes on by itself": {
        "incomplete_upload",
        "upload_gone",
        "upload_in_progress",
        "upload_locked",
        "upload_not_found",
        "wrong_offset",
    },
    "the events are asked for again": {"too_many_streams"},
    "there is a plain bar instead of a waveform": {"audio_expired", "audio_not_ready", "peaks_not_found"},
    "what it is now is shown instead": {"dead_letter_not_found", "not_retryable"},
}
_UNTYPED = {
    "GET /v1/events",
    "POST /v1/session/refresh",
    "POST /v1/uploads",
    "HEAD /v1/uploads/{upload_id}",
    "PATCH /v1/uploads/{upload_id}",
}
"""What the page asks for in another way than by its typed client."""


@pytest.fixture(scope="module")
def codes(document: dict[str, Any]) -> dict[str, set[str]]:
    """Give the codes of the errors of each operation, by method and path."""
    return {
        f"{method.upper()} {path}": {
            code
            for status, response in operation["responses"].items()
            if int(status) >= 400
            for code in re.findall(r"`(\w+)`", response["description"].partition("Codes: ")[2])
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _worded() -> set[str]:
    """Give the codes that there are words for; each catalogue has the same messages, as its own tests say."""
    catalogue = json.loads((_WEB / "messages" / "en.json").read_text(encoding="utf-8"))
    return {key.removeprefix(_PREFIX) for key in catalogue if key.startswith(_PREFIX)}


def _used() -> set[str]:
    """Find the operations that the page asks for."""
    calls = (
        re.findall(r'pi\.(GET|POST|PUT|PATCH|DELETE)\(\s*"([^"]+)"', file.read_text(encoding="utf-8"))
        for file in (_WEB / "src").rglob("*")
        if file.suffix in {".ts", ".svelte"}
    )
    return {f"{method} {path}" for found in calls for method, path in found} | _UNTYPED


def test_every_worded_error_is_one_that_there_is(codes: dict[str, set[str]]) -> None:
    assert _worded() - set().union(*codes.values()) == _OF_THE_PAGE | _OF_PROVIDERS


def test_every_error_of_what_the_page_asks_for_has_words_or_needs_none(codes: dict[str, set[str]]) -> None:
    used = _used()
    met = set().union(*(codes[operation] for operation in used))
    needless = set().union(*_WITHOUT_WORDS.values())

    assert len(used) > 45
    assert met - _worded() == needless
