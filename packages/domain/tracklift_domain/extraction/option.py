"""The description of a conversion's option, independent of how the option is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.option_kinds import Flag, OptionKind

OptionValue = bool | float | int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of a conversion. Forms, queries, documents, the command line and tables are generated from it."""

    name: str
    """The name of its field in `AudioOptions`."""
    default: OptionValue
    """The field's value if the option is not given."""
    kind: OptionKind
    meaning: str
    """What the option means: a phrase in Markdown without a full stop."""
    unit: str
    """Empty for values without a unit."""
    otherwise: int | str
    """What applies if the option is not given and `default` doesn't show it: a value or a phrase; may be empty."""
    changes_sound: bool
    """Whether the option changes the sound itself or its encoding."""

    @property
    def description(self) -> str:
        """What the option means, with unit and bounds: a phrase in Markdown without a full stop."""
        unit = f", in {self.unit}" if self.unit else ""
        bounds = f": {self.kind.bounds}" if self.kind.bounds else ""
        return f"{self.meaning}{unit}{bounds}"

    @property
    def default_text(self) -> str:
        """What applies if the option is not given: a phrase; empty if there is nothing to say."""
        return "no" if isinstance(self.kind, Flag) else str(self.otherwise)

    def check(self, value: OptionValue) -> None:
        """Refuse a value that is out of bounds. `None` means that the option is not given, which is valid.

        Raises:
            InvalidOptionError: the value is out of bounds.
        """
        # The type checker can't know that a field's value fits the field's kind.
        objection = None if value is None else self.kind.objection(value)  # type: ignore[arg-type]
        if objection is not None:
            raise InvalidOptionError(self.name, objection)


def declare(
    kind: OptionKind, meaning: str, *, unit: str = "", otherwise: int | str = "", changes_sound: bool = True
) -> Mapping[str, object]:
    """Make the metadata of an option's field: all of an `Option` that can't be read from the field itself."""
    return {
        "kind": kind,
        "meaning": meaning,
        "unit": unit,
        "otherwise": otherwise,
        "changes_sound": changes_sound,
    }
