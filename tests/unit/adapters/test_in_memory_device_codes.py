"""Remembered device codes keep the contract."""

import pytest
from typing_extensions import override

from tests.contracts.device_codes import DeviceCodesContract
from tracklift_adapters.in_memory.device_codes import InMemoryDeviceCodes
from tracklift_domain.user.sign_in_provider.ports import DeviceCodes


class TestInMemoryDeviceCodes(DeviceCodesContract):
    @pytest.fixture
    @override
    def codes(self) -> DeviceCodes:
        return InMemoryDeviceCodes()
