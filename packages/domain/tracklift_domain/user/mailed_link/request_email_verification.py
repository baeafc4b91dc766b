"""Requests another mail that verifies an address."""

from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.ports import UserRepository


class RequestEmailVerification:
    """Has the caller mailed a link that verifies the account's address."""

    def __init__(self, *, users: UserRepository, links: LinkSender) -> None:
        self._users = users
        self._links = links

    async def __call__(self, caller: Caller) -> None:
        """Have the link mailed, unless the address is verified or has reached the limit of such mails.

        Raises:
            UserNotFoundError: the account was deleted while the access token is still valid.
        """
        user = await self._users.get(caller.user_id)
        if user.email_verified_at is None:
            await self._links.send_verification(user)
