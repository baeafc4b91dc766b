"""The composer without templates keeps the contract of composers."""

import pytest
from typing_extensions import override

from tests.contracts.mail_composer import MailComposerContract
from tracklift_adapters.in_memory.mail_composer import InMemoryMailComposer
from tracklift_domain.notification.ports import MailComposer


class TestInMemoryMailComposer(MailComposerContract):
    @pytest.fixture
    @override
    def composer(self) -> MailComposer:
        return InMemoryMailComposer()
