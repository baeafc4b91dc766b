"""The OpenAPI schemas of the options of a conversion."""

from typing import Any, assert_never

from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType

from tracklift_domain.extraction.option import Option
from tracklift_domain.extraction.option_kinds import (
    LANGUAGE_PATTERN,
    Choice,
    Flag,
    OptionKind,
    Seconds,
    TextLine,
    TrackChoice,
    WholeNumber,
)
from tracklift_domain.extraction.options import OPTIONS


def _schema(option: Option) -> Schema:
    otherwise = option.otherwise
    return Schema(
        description=f"{option.description}{f'; else {otherwise}' if isinstance(otherwise, str) and otherwise else ''}.",
        default=otherwise if isinstance(otherwise, int) else option.default,
        **_bounds(option.kind),
    )


def _bounds(kind: OptionKind) -> dict[str, Any]:
    match kind:
        case Choice(values):
            return {"type": OpenAPIType.INTEGER, "enum": list(values)}
        case WholeNumber(least, most):
            return {"type": OpenAPIType.INTEGER, "minimum": least, "maximum": most}
        case Seconds(most):
            return {"type": OpenAPIType.NUMBER, "minimum": 0, "maximum": most}
        case Flag():
            return {"type": OpenAPIType.BOOLEAN}
        case TextLine(longest):
            return {"type": OpenAPIType.STRING, "max_length": longest}
        case TrackChoice(last):
            number = Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=last)
            return {"one_of": [number, Schema(type=OpenAPIType.STRING, pattern=LANGUAGE_PATTERN)]}
        case unknown:
            assert_never(unknown)


OPTION_SCHEMAS = {option.name: _schema(option) for option in OPTIONS}
"""By option name, in the order in which options are shown."""
