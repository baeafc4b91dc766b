import pytest
from typing_extensions import override

from tests.contracts.hourly_mails import HourlyMailsContract
from tracklift_adapters.in_memory.hourly_mails import InMemoryHourlyMails


class TestInMemoryHourlyMails(HourlyMailsContract):
    @pytest.fixture
    @override
    def mails(self) -> InMemoryHourlyMails:
        return InMemoryHourlyMails()
