from typing_extensions import override

from tracklift_domain.user.sign_in_provider.device_authorization import PendingDeviceSignIn
from tracklift_domain.user.sign_in_provider.errors import DeviceCodeExpiredError
from tracklift_domain.user.sign_in_provider.ports import DeviceCodes


class InMemoryDeviceCodes(DeviceCodes):
    """Remembers what each code was made of."""

    def __init__(self) -> None:
        self._pending: dict[str, PendingDeviceSignIn] = {}

    @override
    def seal(self, pending: PendingDeviceSignIn) -> str:
        code = f"device-code-{len(self._pending) + 1}"
        self._pending[code] = pending
        return code

    @override
    def unseal(self, code: str) -> PendingDeviceSignIn:
        if code not in self._pending:
            raise DeviceCodeExpiredError
        return self._pending[code]
