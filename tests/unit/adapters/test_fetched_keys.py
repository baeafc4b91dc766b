"""A verifier that has to be given keys first says so until it has them."""

from datetime import UTC, datetime, timedelta

import pytest
from joserfc.jwk import OKPKey

from tracklift_adapters.security.published_keys import FetchedKeysTokenVerifier
from tracklift_adapters.security.token_issuer import Ed25519TokenIssuer
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InvalidTokenError
from tracklift_domain.user.email_address import EmailAddress

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADA = Caller(user_id=UserId("ada"), email=EmailAddress("ada@example.org"))
ISSUER = "https://tracklift.example.org"


def new_issuer() -> Ed25519TokenIssuer:
    return Ed25519TokenIssuer(OKPKey.generate_key("Ed25519"), issuer=ISSUER, lifetime=timedelta(minutes=15))


async def test_without_keys_nothing_is_accepted_and_nothing_is_ready() -> None:
    """A token that can't be checked must not be called invalid."""
    verifier = FetchedKeysTokenVerifier(issuer=ISSUER)

    assert not verifier.has_keys
    with pytest.raises(ServiceUnavailableError):
        await verifier.check()
    with pytest.raises(ServiceUnavailableError):
        verifier.verify(new_issuer().issue(ADA, NOW).value, NOW)


async def test_with_keys_tokens_are_checked() -> None:
    """From then on it is like any other verifier."""
    verifier, issuer = FetchedKeysTokenVerifier(issuer=ISSUER), new_issuer()
    verifier.use_keys(issuer.published_keys())

    await verifier.check()
    assert verifier.verify(issuer.issue(ADA, NOW).value, NOW) == ADA
    with pytest.raises(InvalidTokenError):
        verifier.verify(new_issuer().issue(ADA, NOW).value, NOW)


async def test_new_keys_take_the_place_of_the_old_ones_unless_there_are_none() -> None:
    """Keys can be changed while the gateway runs, and an empty answer does not lock everybody out."""
    verifier, before, after = FetchedKeysTokenVerifier(issuer=ISSUER), new_issuer(), new_issuer()
    verifier.use_keys(before.published_keys())

    with pytest.raises(ValueError, match="no Ed25519 key"):
        verifier.use_keys({"keys": []})
    assert verifier.verify(before.issue(ADA, NOW).value, NOW) == ADA

    verifier.use_keys(after.published_keys())
    assert verifier.verify(after.issue(ADA, NOW).value, NOW) == ADA
