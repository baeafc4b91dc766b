"""Has a user mailed the link that sets a new password, at the wish of an admin."""

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.session.errors import AccountDisabledError


class SendPasswordReset:
    """Sends the mail that users can ask for by themselves, and no more of them."""

    def __init__(self, *, users: UserRepository, links: LinkSender) -> None:
        self._users = users
        self._links = links

    async def __call__(self, user_id: UserId) -> None:
        """Have the link mailed, unless the user was mailed enough of them.

        Raises:
            UserNotFoundError: there is no such user.
            AccountDisabledError: the account may not be used, so a password would be of no use.
        """
        user = await self._users.get(user_id)
        if user.is_disabled:
            raise AccountDisabledError
        await self._links.send_reset(user)
