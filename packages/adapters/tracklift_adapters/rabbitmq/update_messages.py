"""Updates as JSON."""

import json

from tracklift_domain.conversion.conversion import ConversionState
from tracklift_domain.conversion.progress import ConversionUpdate, Progress
from tracklift_domain.identifiers import ConversionId, UserId


def encode_update(update: ConversionUpdate) -> bytes:
    """Write an update."""
    progress = update.progress
    return json.dumps(
        {
            "conversion_id": update.conversion_id,
            "owner_id": update.owner_id,
            "state": update.state.value,
            "progress": None
            if progress is None
            else {"fraction": progress.fraction, "remaining": progress.remaining},
        }
    ).encode()


def decode_update(body: bytes) -> ConversionUpdate:
    """Read an update. What is not known here is passed over.

    Raises:
        ValueError: it is none, or one that says what is not known here.
    """
    try:
        fields = json.loads(body)
        progress = fields["progress"]
        return ConversionUpdate(
            conversion_id=ConversionId(str(fields["conversion_id"])),
            owner_id=UserId(str(fields["owner_id"])),
            state=ConversionState(fields["state"]),
            progress=None if progress is None else _decode_progress(progress),
        )
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError("it is no update of a conversion") from error


def _decode_progress(fields: dict[str, float | None]) -> Progress:
    fraction, remaining = fields["fraction"], fields["remaining"]
    if fraction is None:
        raise ValueError("its progress lacks the fraction")
    return Progress(float(fraction), None if remaining is None else float(remaining))
