"""The operator says who may sign up."""

import pytest

from tests.unit.user.reception import Reception
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.registration.errors import (
    EmailDomainNotAllowedError,
    InvitationRequiredError,
    RegistrationClosedError,
)
from tracklift_domain.user.registration.register_user import RegisterUser
from tracklift_domain.user.registration.registration import RegistrationMode, RegistrationPolicy

PASSWORD = "correct horse battery staple"


def under(reception: Reception, policy: RegistrationPolicy) -> RegisterUser:
    """Sign up users under a policy."""
    return RegisterUser(
        users=reception.users,
        hasher=reception.hasher,
        passwords=reception.passwords,
        clock=reception.clock,
        identifiers=reception.identifiers,
        links=reception.links,
        policy=policy,
    )


@pytest.mark.parametrize("email", ["ada@example.org", "no address"])
async def test_no_one_signs_up_where_registration_is_closed(reception: Reception, email: str) -> None:
    """And the answer does not tell whether an address has an account."""
    with pytest.raises(RegistrationClosedError):
        await under(reception, RegistrationPolicy(mode=RegistrationMode.CLOSED))(email, PASSWORD)

    assert reception.hasher.work == 0


async def test_no_one_signs_up_uninvited_where_accounts_are_made_by_invitation(reception: Reception) -> None:
    with pytest.raises(InvitationRequiredError):
        await under(reception, RegistrationPolicy(mode=RegistrationMode.INVITED))("ada@example.org", PASSWORD)


@pytest.mark.parametrize("domain", ["example.org", " Example.ORG "])
@pytest.mark.parametrize("email", ["ada@example.org", "ADA@EXAMPLE.ORG", "ada.b+c@Example.org"])
async def test_an_address_of_an_allowed_domain_signs_up(
    reception: Reception, domain: str, email: str
) -> None:
    policy = RegistrationPolicy.of(mode="open", domains=[domain, "example.net"])

    assert (await under(reception, policy)(email, PASSWORD)).email == EmailAddress(email)


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.com",
        "ada@mail.example.org",
        "ada@example.org.evil.test",
        "ada@notexample.org",
        "ada@exаmple.org",  # noqa: RUF001  # the letter a of another script
        "ada@ｅxample.org.evil.test",  # noqa: RUF001  # a wide letter
        "ada@" + "ü" * 63 + ".org",
    ],
)
async def test_an_address_of_another_domain_does_not(reception: Reception, email: str) -> None:
    """Subdomains and domains that only look the same among them."""
    with pytest.raises(EmailDomainNotAllowedError) as refused:
        await under(reception, RegistrationPolicy.of(mode="open", domains=["example.org"]))(email, PASSWORD)

    assert "example.org" not in str(refused.value)
    with pytest.raises(UserNotFoundError):
        await reception.users.get_by_email(EmailAddress(email))


@pytest.mark.parametrize("domain", ["bücher.example", "xn--bcher-kva.example"])
@pytest.mark.parametrize("email", ["ada@bücher.example", "ada@xn--bcher-kva.example"])
def test_a_domain_of_another_script_is_the_same_in_either_form(domain: str, email: str) -> None:
    RegistrationPolicy.of(mode="open", domains=[domain]).check_domain(EmailAddress(email))


@pytest.mark.parametrize(
    "domain",
    [
        "",
        " ",
        "a..b",
        "x" * 64 + ".org",
        "\ud800.org",
        "@example.org",
        "example.org.",
        "a,b",
        "a_b.org",
        "-a.org",
    ],
)
def test_what_can_be_no_domain_is_a_mistake_of_the_operator(domain: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        RegistrationPolicy.of(mode="open", domains=[domain])
