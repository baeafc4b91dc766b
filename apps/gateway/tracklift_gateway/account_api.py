"""What the routes look like that are passed on to auth, as auth itself describes them."""

import importlib.resources
import json
from typing import Any


def account_api() -> dict[str, Any]:
    """Give auth's OpenAPI document, out of a file that `make account-api` writes, as auth may be down."""
    text = importlib.resources.files("tracklift_gateway").joinpath("account_api.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
