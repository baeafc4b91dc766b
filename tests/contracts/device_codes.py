"""What codes for pending sign-ins must do, whatever they are made of."""

from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.examples import NOW
from tracklift_domain.user.sign_in_provider.device_authorization import PendingDeviceSignIn
from tracklift_domain.user.sign_in_provider.errors import DeviceCodeExpiredError
from tracklift_domain.user.sign_in_provider.ports import DeviceCodes
from tracklift_domain.user.sign_in_provider.sign_in_attempt import SignInAttempt

PENDING = PendingDeviceSignIn(
    attempt=SignInAttempt(provider="company", secret="a secret"),
    device_code="of the provider",
    interval=timedelta(seconds=5),
    expires_at=NOW,
)


class DeviceCodesContract:
    """Inherited by the tests of each adapter."""

    @pytest.fixture
    @abstractmethod
    def codes(self) -> DeviceCodes:
        """Give codes of which none is made yet."""

    def test_a_code_gives_what_it_was_made_of(self, codes: DeviceCodes) -> None:
        other = replace(PENDING, attempt=SignInAttempt(provider="other", secret="b"), device_code="c")
        made = [codes.seal(PENDING), codes.seal(other)]

        assert [codes.unseal(code) for code in made] == [PENDING, other]
        assert codes.unseal(made[0]) == PENDING

    def test_no_two_codes_are_the_same(self, codes: DeviceCodes) -> None:
        assert codes.seal(PENDING) != codes.seal(PENDING)

    def test_a_code_shows_nothing_of_what_it_was_made_of(self, codes: DeviceCodes) -> None:
        code = codes.seal(PENDING)

        assert PENDING.device_code not in code
        assert PENDING.attempt.secret not in code

    def test_the_longest_code_of_a_provider_fits(self, codes: DeviceCodes) -> None:
        pending = replace(PENDING, device_code="x" * 1024)

        code = codes.seal(pending)

        assert len(code) <= 4096
        assert code.isascii()
        assert codes.unseal(code) == pending

    @pytest.mark.parametrize(
        "code", ["", ".", "....", "a.b.c.d.e", "null", "\0", "é", "\ud800", "x" * 100_000, "." * 100_000]
    )
    def test_what_is_no_code_is_refused(self, codes: DeviceCodes, code: str) -> None:
        with pytest.raises(DeviceCodeExpiredError):
            codes.unseal(code)

    def test_a_code_that_was_changed_is_refused(self, codes: DeviceCodes) -> None:
        code = codes.seal(PENDING)

        for place in range(0, len(code), 7):
            changed = code[:place] + ("A" if code[place] != "A" else "B") + code[place + 1 :]
            with pytest.raises(DeviceCodeExpiredError):
                codes.unseal(changed)
