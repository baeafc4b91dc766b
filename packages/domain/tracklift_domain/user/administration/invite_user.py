"""Invites a user."""

from tracklift_domain.user.administration.create_user import CreateUser
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import EmailTakenError, UserNotFoundError
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.registration.registration import RegistrationPolicy
from tracklift_domain.user.role import Role
from tracklift_domain.user.user import User


class InviteUser:
    """Makes an account, and mails a link with which its user chooses the password. A repeated call mails another link.

    So the address has its account from then on, and deleting the account withdraws the invitation.
    """

    def __init__(
        self,
        *,
        users: UserRepository,
        create_user: CreateUser,
        links: LinkSender,
        policy: RegistrationPolicy,
    ) -> None:
        self._users = users
        self._create_user = create_user
        self._links = links
        self._policy = policy

    async def __call__(self, email: str, *, role: Role = Role.USER) -> User:
        """Invite. A user who is invited already keeps the role, and the number of mails is limited.

        Raises:
            RegistrationClosedError: registration is closed.
            InvalidEmailAddressError: the address is not valid.
            EmailTakenError: the address has a user who accepted an invitation or signed up.
        """
        self._policy.check_invitations()
        try:
            invited = await self._users.get_by_email(EmailAddress(email))
        except UserNotFoundError:
            return await self._create_user(email, role=role)
        if not invited.is_unclaimed:
            raise EmailTakenError
        await self._links.send_invitation(invited)
        return invited
