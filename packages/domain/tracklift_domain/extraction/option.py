"""What is told of an option of a conversion, whichever way it is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.option_kinds import Flag, OptionKind

OptionValue = bool | float | int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of a conversion. Forms, queries, documents, command line and tables are made from it."""

    name: str
    """Its field of `AudioOptions`."""
    default: OptionValue
    """The field's value where the option is not given."""
    kind: OptionKind
    meaning: str
    """What is asked for: a phrase in Markdown without a full stop."""
    unit: str
    """Empty for values without one."""
    otherwise: int | str
    """What holds where the option is not given and `default` doesn't tell: a value, or a phrase; empty for neither."""
    changes_sound: bool
    """Whether it changes the sound itself or its coding."""

    @property
    def description(self) -> str:
        """What it means, with unit and bounds: a phrase in Markdown without a full stop."""
        unit = f", in {self.unit}" if self.unit else ""
        bounds = f": {self.kind.bounds}" if self.kind.bounds else ""
        return f"{self.meaning}{unit}{bounds}"

    @property
    def default_text(self) -> str:
        """What holds where it is not given: a phrase; empty where there is nothing to tell."""
        return "no" if isinstance(self.kind, Flag) else str(self.otherwise)

    def check(self, value: OptionValue) -> None:
        """Refuse a value out of bounds; `None` is not given and within them.

        Raises:
            InvalidOptionError: the value is out of bounds.
        """
        # A field holds values of its kind, which the type checker can't know.
        objection = None if value is None else self.kind.objection(value)  # type: ignore[arg-type]
        if objection is not None:
            raise InvalidOptionError(self.name, objection)


def declare(
    kind: OptionKind, meaning: str, *, unit: str = "", otherwise: int | str = "", changes_sound: bool = True
) -> Mapping[str, object]:
    """Make the metadata of a field that is an option: all of an `Option` that the field itself does not tell."""
    return {
        "kind": kind,
        "meaning": meaning,
        "unit": unit,
        "otherwise": otherwise,
        "changes_sound": changes_sound,
    }
