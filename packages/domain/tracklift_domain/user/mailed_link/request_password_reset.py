"""Has a link mailed to a user who forgot the password."""

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
"""The work to do after the response."""


class RequestPasswordReset:
    """Has the user of an address mailed a link to reset the password.

    Callers can't find out whether an address has an account: the response and its time are the same. The work that only
    a known address needs is returned, to be done after the response.
    """

    def __init__(self, *, users: UserRepository, links: LinkSender) -> None:
        self._users = users
        self._links = links

    async def __call__(self, email: str) -> Rest:
        """Look up the address, and give the work to do after the response.

        Raises:
            InvalidEmailAddressError: the address is not valid.
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
            # The response has been sent; a user who gets no mail asks again.
            _log.warning("No link is mailed to user %s: %s", user.id, error)


async def _nothing() -> None:
    pass
