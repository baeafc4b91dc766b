"""Remembered tokens keep the contract of access tokens."""

import pytest
from typing_extensions import override

from tests.contracts.access_tokens import LIFETIME, AccessTokensContract
from tracklift_adapters.in_memory.access_tokens import InMemoryAccessTokens
from tracklift_domain.user.access.ports import AccessTokenIssuer, AccessTokenVerifier


class TestInMemoryAccessTokens(AccessTokensContract):
    @pytest.fixture
    @override
    def issuer(self) -> AccessTokenIssuer:
        return InMemoryAccessTokens(lifetime=LIFETIME)

    @pytest.fixture
    @override
    def verifier(self, issuer: AccessTokenIssuer) -> AccessTokenVerifier:
        assert isinstance(issuer, InMemoryAccessTokens)
        return issuer
