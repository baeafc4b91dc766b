"""Encrypted device codes keep the contract, and are those of one signing key."""

import json
from base64 import urlsafe_b64decode

import pytest
from joserfc import jwe
from joserfc.jwk import OctKey, OKPKey
from typing_extensions import override

from tests.contracts.device_codes import PENDING, DeviceCodesContract
from tracklift_adapters.security.device_codes import EncryptedDeviceCodes
from tracklift_domain.user.sign_in_provider.errors import DeviceCodeExpiredError
from tracklift_domain.user.sign_in_provider.ports import DeviceCodes

KEY = OKPKey.generate_key("Ed25519")


class TestEncryptedDeviceCodes(DeviceCodesContract):
    @pytest.fixture
    @override
    def codes(self) -> DeviceCodes:
        return EncryptedDeviceCodes(KEY)

    def test_another_process_with_the_same_key_reads_it(self, codes: DeviceCodes) -> None:
        assert EncryptedDeviceCodes(KEY).unseal(codes.seal(PENDING)) == PENDING

    def test_a_process_with_another_key_does_not(self, codes: DeviceCodes) -> None:
        other = EncryptedDeviceCodes(OKPKey.generate_key("Ed25519"))

        with pytest.raises(DeviceCodeExpiredError):
            other.unseal(codes.seal(PENDING))

    def test_nobody_makes_one_with_the_key_itself(self, codes: DeviceCodes) -> None:
        """Another purpose has another key."""
        secret = str(KEY.as_dict(private=True)["d"])
        key = OctKey.import_key(urlsafe_b64decode(secret + "=" * (-len(secret) % 4)))
        made = jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, json.dumps({}).encode(), key)

        with pytest.raises(DeviceCodeExpiredError):
            codes.unseal(made)
