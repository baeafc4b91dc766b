import re

import pytest

from tracklift_domain.user.sign_in_provider.sign_in_attempt import SignInAttempt

ATTEMPT = SignInAttempt(provider="company", secret="s" * 43)


def test_a_browser_shows_three_values_that_tell_nothing_of_one_another() -> None:
    shown = {ATTEMPT.state, ATTEMPT.nonce, ATTEMPT.code_verifier}

    assert len(shown) == 3
    assert not any(ATTEMPT.secret in value for value in shown)


def test_a_code_verifier_is_one_that_providers_accept() -> None:
    """43 to 128 of these characters (RFC 7636, section 4.1)."""
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", ATTEMPT.code_verifier)


def test_the_same_secret_is_of_no_use_with_another_provider() -> None:
    other = SignInAttempt(provider="other", secret=ATTEMPT.secret)

    assert not {ATTEMPT.state, ATTEMPT.nonce, ATTEMPT.code_verifier} & {
        other.state,
        other.nonce,
        other.code_verifier,
    }


def test_an_answer_belongs_to_the_attempt_whose_state_it_has() -> None:
    assert ATTEMPT.matches(ATTEMPT.state)


@pytest.mark.parametrize(
    "state", ["", "x", ATTEMPT.nonce, ATTEMPT.secret, ATTEMPT.state + "=", "\ud800", "٣"]
)
def test_an_answer_with_another_state_does_not(state: str) -> None:
    assert not ATTEMPT.matches(state)


def test_no_answer_belongs_to_an_attempt_without_a_secret() -> None:
    """A browser that has no cookie: the state of an empty secret is known to all."""
    without = SignInAttempt(provider="company", secret="")

    assert not without.matches(without.state)


def test_the_secret_is_not_written_to_a_log() -> None:
    assert ATTEMPT.secret not in repr(ATTEMPT)
