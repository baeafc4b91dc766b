"""Options of a conversion as the fields of JSON."""

from dataclasses import fields
from typing import Any, get_type_hints

import msgspec

from tracklift_adapters.http.bodies.request_fields import RequestFields
from tracklift_domain.extraction.options import AudioOptions

_TYPES = get_type_hints(AudioOptions)
# Each option is a field. Bounds are not checked here, but by `AudioOptions`.
_Fields: Any = msgspec.defstruct(
    "_Fields",
    [(each.name, _TYPES[each.name], each.default) for each in fields(AudioOptions)],
    bases=(RequestFields,),
    frozen=True,
    kw_only=True,
)


class OptionsRequest(_Fields):  # type: ignore[misc]  # fields are known at run time
    """The options of a conversion; an option that is left out has its default.

    `track` is a number from 1 or a language. The `options` of a conversion can be edited and sent back.
    """

    def options(self) -> AudioOptions:
        """Make options. Raises `InvalidOptionError`."""
        return AudioOptions(**msgspec.structs.asdict(self))
