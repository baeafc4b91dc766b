"""Parts of the OpenAPI document that the code's types don't provide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType

from tracklift_adapters.http.bodies.media_types import FORM


def form_operation(
    fields: Sequence[str], required: Sequence[str], examples: Sequence[dict[str, Any]]
) -> type[Operation]:
    """Make the operation of a route whose handler parses a form itself, since no type describes that form."""
    schema = Schema(
        type=OpenAPIType.OBJECT,
        required=list(required),
        properties={field: Schema(type=OpenAPIType.STRING) for field in fields},
    )
    named = {f"example-{number}": Example(value=value) for number, value in enumerate(examples, 1)}

    @dataclass
    class FormOperation(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(
                required=True, content={FORM: OpenAPIMediaType(schema=schema, examples={**named})}
            )

    return FormOperation
