"""Has a link mailed to somebody who forgot the password."""

import logging
from collections.abc import Awaitable, Callable

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.user import User

_log = logging.getLogger(__name__)

Rest = Callable[[], Awaitable[None]]
"""What is left to do once the answer is given."""


class RequestPasswordReset:
    """Has the user of an address mailed a link with which the password is set anew.

    No caller learns from it whether an address has an account: the answer is the same, and so is the time until it.
    What is done for a known address only is given back, to be done behind the answer.
    """

    def __init__(self, *, users: UserRepository, links: LinkSender) -> None:
        self._users = users
        self._links = links

    async def __call__(self, email: str) -> Rest:
        """Look up the address, and give what is to be done next.

        Raises:
            InvalidEmailAddressError: the address is none.
            ServiceUnavailableError: the address can't be looked up.
        """
        address = EmailAddress(email)
        try:
            user = await self._users.get_by_email(address)
        except UserNotFoundError:
            return _nothing
        if user.is_disabled:
            return _nothing

        async def send() -> None:
            await self._send(user)

        return send

    async def _send(self, user: User) -> None:
        try:
            await self._links.send_reset(user)
        except ServiceUnavailableError as error:
            # The answer is out already; a user who gets no mail asks again.
            _log.warning("No link is mailed to user %s: %s", user.id, error)


async def _nothing() -> None:
    pass
