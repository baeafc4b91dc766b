"""Has a user mailed a link to set a new password, on behalf of an admin."""

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.session.errors import AccountDisabledError


class SendPasswordReset:
    """Sends the same mail that users can request, within the same limit."""

    def __init__(self, *, users: UserRepository, links: LinkSender) -> None:
        self._users = users
        self._links = links

    async def __call__(self, user_id: UserId) -> None:
        """Have the link mailed, unless the user has reached the limit of such mails.

        Raises:
            UserNotFoundError: there is no such user.
            AccountDisabledError: the account is disabled, so a password would be useless.
        """
        user = await self._users.get(user_id)
        if user.is_disabled:
            raise AccountDisabledError
        await self._links.send_reset(user)
