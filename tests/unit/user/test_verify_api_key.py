import pytest
from typing_extensions import override

from tests.contracts.api_key_verifier import ApiKeyVerifierContract, KeyStock
from tracklift_domain.user.api_key.ports import ApiKeyVerifier
from tracklift_domain.user.api_key.verify_api_key import VerifyApiKey


class TestVerifyApiKey(ApiKeyVerifierContract):
    @pytest.fixture
    @override
    def verifier(self, stock: KeyStock) -> ApiKeyVerifier:
        return VerifyApiKey(keys=stock.keys, users=stock.users, clock=stock.clock)
