"""Each failure of an extraction has a code and says what to do."""

import errno

import pytest

from tracklift_domain.extraction import failures
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (failures.nothing_decoded(), FailureCode.CORRUPT_MEDIA, "Use another copy"),
        (failures.incomplete_audio(), FailureCode.CORRUPT_MEDIA, "ends before its audio does"),
        (failures.unsupported_codec("sowt"), FailureCode.UNSUPPORTED_CODEC, "'sowt'"),
        (failures.protected_audio(), FailureCode.UNSUPPORTED_CODEC, "copy protection"),
        (failures.out_of_space(), FailureCode.OUT_OF_SPACE, "try again later"),
        (failures.timed_out(60), FailureCode.TIMED_OUT, "60 seconds"),
        (failures.used_up_time(), FailureCode.TIMED_OUT, "longer than it may"),
        (failures.internal_error(), FailureCode.INTERNAL_ERROR, "try again later"),
    ],
)
def test_a_failure_says_what_to_do(error: ExtractionError, code: FailureCode, says: str) -> None:
    assert error.failure.code is code
    assert says in error.failure.detail


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, FailureCode.OUT_OF_SPACE),
        (errno.EDQUOT, FailureCode.OUT_OF_SPACE),
        (errno.EIO, FailureCode.INTERNAL_ERROR),
    ],
)
def test_a_full_disk_is_told_apart_from_a_broken_one(number: int, code: FailureCode) -> None:
    assert failures.storage_failed(OSError(number, "it failed")).failure.code is code
