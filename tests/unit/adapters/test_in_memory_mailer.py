"""The mailer in memory keeps the contract of mailers, and fails when it is told to."""

from collections.abc import Callable, Sequence

import pytest
from typing_extensions import override

from tests.contracts.mailer import MAIL, MailerContract
from tracklift_adapters.in_memory.mailer import InMemoryMailer
from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.notification import Mail
from tracklift_domain.notification.ports import Mailer


class TestInMemoryMailer(MailerContract):
    @pytest.fixture
    @override
    def mailer(self) -> Mailer:
        return InMemoryMailer()

    @pytest.fixture
    @override
    def delivered(self, mailer: Mailer) -> Callable[[], Sequence[Mail]]:
        assert isinstance(mailer, InMemoryMailer)
        return lambda: mailer.sent

    @pytest.fixture
    @override
    def set_available(self, mailer: Mailer) -> Callable[[bool], None]:
        assert isinstance(mailer, InMemoryMailer)
        return lambda available: mailer.come_back() if available else mailer.go_down()


async def test_refuses_when_it_is_told_to_until_it_comes_back() -> None:
    mailer = InMemoryMailer()
    mailer.refuse("no such user here")

    with pytest.raises(MailRefusedError, match="no such user here"):
        await mailer.send(MAIL)
    mailer.come_back()
    await mailer.send(MAIL)

    assert mailer.sent == [MAIL]
