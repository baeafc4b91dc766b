"""What can go wrong with the extraction of audio."""

from typing import TYPE_CHECKING, ClassVar

from tracklift_domain.errors import DomainError
from tracklift_domain.extraction.failure import Failure, FailureCode

if TYPE_CHECKING:
    from tracklift_domain.extraction.damage import Damage
    from tracklift_domain.extraction.plan import ExtractionPlan


class InvalidOptionError(DomainError):
    """An option of a conversion is out of range or doesn't fit the others."""

    code: ClassVar[str] = "invalid_option"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class ExtractionError(DomainError):
    """The audio could not be extracted; `failure` says why."""

    code: ClassVar[str] = "extraction_failed"

    def __init__(self, code: FailureCode, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.failure = Failure(code, detail)


class NotReducibleError(DomainError):
    """A video can't be reduced to its sound, or already consists of nothing else."""

    code: ClassVar[str] = "not_reducible"


class NotCoveredError(Exception):
    """An engine leaves an extraction to another one; the message says why. It is never raised by an extractor."""

    def __init__(
        self, message: str, *, plan: "ExtractionPlan | None" = None, damage: "Damage | None" = None
    ) -> None:
        """Pass on what the engine has learned: the plan for the decoded sound, and what could not be decoded."""
        super().__init__(message)
        self.plan = plan
        self.damage = damage
