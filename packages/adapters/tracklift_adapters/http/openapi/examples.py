"""Examples in the OpenAPI document."""

import msgspec
from litestar.openapi.spec import Example


def example(summary: str, value: object) -> Example:
    """Make an example of a value as the API would send it.

    Written as JSON here, since the framework drops every `null` out of examples and makes them wrong.
    """
    return Example(summary=summary, value=msgspec.Raw(msgspec.json.encode(value)))
