"""Forms without files (application/x-www-form-urlencoded)."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request

from tracklift_adapters.http.problems.problems import Problem, invalid_request


async def read_form(request: Request[Any, Any, Any], fields: Iterable[str]) -> dict[str, str]:
    """Read a form's fields of these names, and ignore others. An empty field counts as missing.

    The framework's own parser keeps the last forms in memory, including passwords.

    Raises:
        Problem: 400, when the form is not text, or has one of the fields more than once (RFC 6749, section 3.2).
    """
    wanted = set(fields)
    form: dict[str, str] = {}
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise Problem(400, "malformed_form", "The form is not UTF-8 text.") from error
    for name, value in pairs:
        if name not in wanted:
            continue
        if name in form:
            raise invalid_request(name, "is given more than once.")
        form[name] = value
    return {name: value for name, value in form.items() if value}
