"""What issuer and verifier of access tokens must do together."""

import json
from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tracklift_domain.identifiers import SessionId, UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InvalidTokenError, TokenExpiredError
from tracklift_domain.user.access.ports import AccessTokenIssuer, AccessTokenVerifier
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.role import Role

NOW = datetime(2025, 12, 1, 14, 5, 9, tzinfo=UTC)
LIFETIME = timedelta(minutes=15)
ADA = Caller(user_id=UserId("0f1e2d3c4b5a69788796a5b4c3d2e1f0"), email=EmailAddress("ada@example.org"))
NO_TOKENS = [
    "",
    " ",
    ".",
    "..",
    "a.b.c",
    "....",
    "null",
    "Bearer",
    "\0",
    "é.é.é",
    "🎧" * 50,
    "\ud800",
    "x" * 100_000,
    "." * 100_000,
    "a" * 40_000 + "." + "b" * 40_000 + "." + "c" * 86,
]


class AccessTokensContract:
    """Inherited by the tests of each pair of issuer and verifier."""

    @pytest.fixture
    @abstractmethod
    def issuer(self) -> AccessTokenIssuer:
        """Give an issuer whose tokens last `LIFETIME`."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def verifier(self, issuer: AccessTokenIssuer) -> AccessTokenVerifier:
        """Give a verifier of the issuer's tokens."""
        raise NotImplementedError

    @pytest.mark.parametrize(
        "caller",
        [
            ADA,
            replace(ADA, email_verified=True),
            replace(ADA, role=Role.ADMIN),
            replace(ADA, session_id=SessionId("5e" * 16)),
            Caller(user_id=UserId("f" * 32), email=EmailAddress("jörg@exämple.org")),
            Caller(
                user_id=UserId("1"), email=EmailAddress(f"{'x' * 64}@{'y' * 60}.{'z' * 60}.{'q' * 60}.org")
            ),
        ],
        ids=["plain", "verified", "admin", "in a session", "beyond ascii", "long"],
    )
    def test_a_token_names_the_caller_it_was_issued_for(
        self, issuer: AccessTokenIssuer, verifier: AccessTokenVerifier, caller: Caller
    ) -> None:
        token = issuer.issue(caller, NOW)

        assert verifier.verify(token.value, NOW) == caller
        assert token.expires_in == LIFETIME.total_seconds()

    def test_no_two_tokens_are_the_same(self, issuer: AccessTokenIssuer) -> None:
        tokens = {issuer.issue(ADA, NOW).value for _ in range(10)}

        assert len(tokens) == 10

    def test_a_token_can_stand_in_a_header(self, issuer: AccessTokenIssuer) -> None:
        token = issuer.issue(ADA, NOW).value

        assert token.isascii()
        assert token.isprintable()
        assert " " not in token
        assert len(token) < 4096

    def test_a_token_is_good_until_its_time_is_over(
        self, issuer: AccessTokenIssuer, verifier: AccessTokenVerifier
    ) -> None:
        token = issuer.issue(ADA, NOW).value

        assert verifier.verify(token, NOW + LIFETIME - timedelta(seconds=1)) == ADA
        with pytest.raises(TokenExpiredError):
            verifier.verify(token, NOW + LIFETIME + timedelta(seconds=5))
        with pytest.raises(TokenExpiredError):
            verifier.verify(token, NOW + timedelta(days=10_000))

    def test_the_caller_is_named_until_the_token_expires(
        self, issuer: AccessTokenIssuer, verifier: AccessTokenVerifier
    ) -> None:
        token = issuer.issue(ADA, NOW).value

        assert verifier.verify(token, NOW).expires_at == NOW + LIFETIME

    def test_it_is_told_to_the_microsecond_when_a_token_was_issued(
        self, issuer: AccessTokenIssuer, verifier: AccessTokenVerifier
    ) -> None:
        """So a token that is issued right after all of before were ended is none of these."""
        now = NOW.replace(microsecond=123_457)

        assert verifier.verify(issuer.issue(ADA, now).value, now).issued_at == now

    def test_a_clock_may_be_half_a_minute_behind_the_issuers(
        self, issuer: AccessTokenIssuer, verifier: AccessTokenVerifier
    ) -> None:
        token = issuer.issue(ADA, NOW).value

        assert verifier.verify(token, NOW - timedelta(seconds=29)) == ADA
        with pytest.raises(InvalidTokenError) as caught:
            verifier.verify(token, NOW - timedelta(seconds=32))
        assert not isinstance(caught.value, TokenExpiredError)

    @pytest.mark.parametrize("token", NO_TOKENS, ids=range(len(NO_TOKENS)))
    def test_what_is_not_a_token_is_refused(self, verifier: AccessTokenVerifier, token: str) -> None:
        with pytest.raises(InvalidTokenError) as caught:
            verifier.verify(token, NOW)
        assert not isinstance(caught.value, TokenExpiredError)

    def test_a_truncated_token_is_refused(
        self, issuer: AccessTokenIssuer, verifier: AccessTokenVerifier
    ) -> None:
        token = issuer.issue(ADA, NOW).value

        for length in range(len(token)):
            with pytest.raises(InvalidTokenError):
                verifier.verify(token[:length], NOW)
            with pytest.raises(InvalidTokenError):
                verifier.verify(token[length + 1 :], NOW)

    def test_a_token_with_one_other_character_is_refused(
        self, issuer: AccessTokenIssuer, verifier: AccessTokenVerifier
    ) -> None:
        token = issuer.issue(ADA, NOW).value

        for position, character in enumerate(token):
            for other in {"A", "B", "g", ".", "=", " ", "é"} - {character}:
                with pytest.raises(InvalidTokenError):
                    verifier.verify(token[:position] + other + token[position + 1 :], NOW)

    @pytest.mark.parametrize("addition", ["=", "==", ".", " ", "\n", "A", ".A", "\0", "é"])
    def test_a_token_with_something_added_is_refused(
        self, issuer: AccessTokenIssuer, verifier: AccessTokenVerifier, addition: str
    ) -> None:
        token = issuer.issue(ADA, NOW).value

        for altered in (token + addition, addition + token):
            with pytest.raises(InvalidTokenError):
                verifier.verify(altered, NOW)

    def test_verifying_again_gives_the_same(
        self, issuer: AccessTokenIssuer, verifier: AccessTokenVerifier
    ) -> None:
        token = issuer.issue(ADA, NOW).value

        assert [verifier.verify(token, NOW) for _ in range(3)] == [ADA] * 3

    def test_threads_may_issue_and_verify_at_once(
        self, issuer: AccessTokenIssuer, verifier: AccessTokenVerifier
    ) -> None:
        def round_trip(number: int) -> Caller:
            caller = Caller(user_id=UserId(str(number)), email=ADA.email)
            return verifier.verify(issuer.issue(caller, NOW).value, NOW)

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(round_trip, range(50)))

        assert [caller.user_id for caller in found] == [str(number) for number in range(50)]

    def test_published_keys_are_a_key_set_without_anything_private(self, issuer: AccessTokenIssuer) -> None:
        keys = json.loads(json.dumps(issuer.published_keys()))

        assert list(keys) == ["keys"]
        # The private members of RFC 7518 and RFC 8037.
        assert not [key for key in keys["keys"] if {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()]
