"""Invites somebody."""

from tracklift_domain.user.administration.create_user import CreateUser
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import EmailTakenError, UserNotFoundError
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.registration.registration import RegistrationPolicy
from tracklift_domain.user.role import Role
from tracklift_domain.user.user import User


class InviteUser:
    """Makes an account whose user chooses the password, and mails the link for that, once more if it is asked again.

    So the address has its one account from then on, and an invitation is withdrawn by deleting it.
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
        """Invite. Of one who is invited already the role stays, and no more mails are sent than one may get.

        Raises:
            RegistrationClosedError: there are to be no new accounts.
            InvalidEmailAddressError: the address is none.
            EmailTakenError: the address has a user who has accepted, or signed up.
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
