"""Device codes that hold what they stand for, encrypted."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, OKPKey
from typing_extensions import override

from tracklift_domain.user.sign_in_provider.device_authorization import PendingDeviceSignIn
from tracklift_domain.user.sign_in_provider.errors import DeviceCodeExpiredError
from tracklift_domain.user.sign_in_provider.ports import DeviceCodes
from tracklift_domain.user.sign_in_provider.sign_in_attempt import SignInAttempt

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_PURPOSE = b"tracklift device codes"
_LONGEST_CODE = 4096
"""Characters."""


class EncryptedDeviceCodes(DeviceCodes):
    """Encrypts and authenticates them as JSON Web Encryption (RFC 7516), so that they need not be stored.

    The key is made of the one that signs access tokens, which all processes of auth have and no other service; with a
    new signing key, sign-ins that are pending have to begin again.
    """

    def __init__(self, signing_key: OKPKey) -> None:
        secret = str(signing_key.as_dict(private=True)["d"])
        # A private key is as good as random, so that one step of HMAC makes another key of it (RFC 5869, section 3.3).
        key = hmac.digest(urlsafe_b64decode(secret + "=" * (-len(secret) % 4)), _PURPOSE, hashlib.sha256)
        self._key = OctKey.import_key(key)

    @override
    def seal(self, pending: PendingDeviceSignIn) -> str:
        content = {
            "provider": pending.attempt.provider,
            "secret": pending.attempt.secret,
            "device_code": pending.device_code,
            "interval": pending.interval.total_seconds(),
            "expires_at": pending.expires_at.isoformat(),
        }
        return jwe.encrypt_compact(_HEADER, json.dumps(content).encode(), self._key)

    @override
    def unseal(self, code: str) -> PendingDeviceSignIn:
        if len(code) > _LONGEST_CODE:
            raise DeviceCodeExpiredError
        try:
            opened = jwe.decrypt_compact(code.encode(), self._key, algorithms=list(_HEADER.values()))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise DeviceCodeExpiredError from error
        # Only this class can have made it.
        content = json.loads(opened.plaintext or b"")
        return PendingDeviceSignIn(
            attempt=SignInAttempt(provider=content["provider"], secret=content["secret"]),
            device_code=content["device_code"],
            interval=timedelta(seconds=content["interval"]),
            expires_at=datetime.fromisoformat(content["expires_at"]),
        )
