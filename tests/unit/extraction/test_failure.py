import pytest

from tracklift_domain.extraction.failure import FailureCode

PASSING = {FailureCode.TIMED_OUT, FailureCode.OUT_OF_SPACE, FailureCode.INTERNAL_ERROR}


@pytest.mark.parametrize("code", FailureCode)
def test_a_failure_is_final_unless_it_may_pass(code: FailureCode) -> None:
    assert code.is_final is (code not in PASSING)


def test_only_a_stalled_extraction_holds_others_up() -> None:
    assert [code for code in FailureCode if code.holds_others_up] == [FailureCode.TIMED_OUT]


def test_codes_are_names_that_programs_rely_on() -> None:
    """They are stored and sent, so none may change its spelling."""
    assert {str(code) for code in FailureCode} == {
        "not_a_video",
        "no_audio_track",
        "corrupt_media",
        "too_long",
        "unsupported_codec",
        "outside_audio",
        "media_lost",
        "timed_out",
        "out_of_space",
        "internal_error",
    }
