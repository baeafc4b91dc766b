"""What is wrong with the fields of a JSON body."""

import re
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from litestar import Request

_KEY = "tracklift_wrong_fields"
_PLACE = re.compile(r"(?P<reason>.*) - at `\$\.?(?P<place>.*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)


@dataclass(frozen=True, slots=True)
class WrongFields:
    """Replaces a body whose fields are wrong, so that the framework refuses it."""

    field: str
    reason: str

    @classmethod
    def note(cls, request: Request[Any, Any, Any], error: msgspec.ValidationError) -> "WrongFields":
        """Store what is wrong until the framework refuses the body."""
        found = _PLACE.fullmatch(str(error))
        reason, place = (found["reason"], found["place"]) if found else (str(error), "")
        if named := (_UNKNOWN.fullmatch(reason) or _MISSING.fullmatch(reason)):
            place = ".".join(filter(None, (place, named[1])))
            reason = "is missing" if named.re is _MISSING else "is not a field of this request"
        noted = cls(place or "body", reason)
        cast("dict[str, Any]", request.scope)[_KEY] = noted
        return noted

    @classmethod
    def of(cls, request: Request[Any, Any, Any]) -> "WrongFields | None":
        """Give what was stored, if a body was wrong."""
        found: WrongFields | None = cast("dict[str, Any]", request.scope).get(_KEY)
        return found
