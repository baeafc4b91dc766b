"""An address that looks like another one opens nothing of that one's account, and gets none of its mails."""

import pytest

from tests.unit.user.reception import Reception
from tracklift_domain.user.errors import EmailTakenError
from tracklift_domain.user.mailed_link.events import PasswordResetRequested

PASSWORD = "correct horse battery staple"
LOOK_ALIKES = [
    pytest.param("\N{CYRILLIC SMALL LETTER A}da@example.org", id="a letter of another script"),
    pytest.param("ada@ex\N{CYRILLIC SMALL LETTER A}mple.org", id="in the domain"),
    pytest.param("\N{LATIN SMALL LETTER ALPHA}da@example.org", id="a similar letter"),
    pytest.param("ad\N{FULLWIDTH LATIN SMALL LETTER A}@example.org", id="a wide letter"),
    pytest.param("a.da@example.org", id="with a dot"),
    pytest.param("ada+1@example.org", id="with a tag"),
    pytest.param("ada@xn--exmple-7cd.org", id="in ASCII form"),
]


@pytest.mark.parametrize("look_alike", LOOK_ALIKES)
async def test_it_is_an_account_of_its_own(reception: Reception, look_alike: str) -> None:
    ada = await reception.register("ada@example.org", PASSWORD)
    other = await reception.register(look_alike, PASSWORD)

    assert other.id != ada.id
    assert (await reception.users.get_by_email(ada.email)).id == ada.id
    assert (await reception.users.get_by_email(other.email)).id == other.id


@pytest.mark.parametrize("look_alike", LOOK_ALIKES)
async def test_it_gets_no_link_to_the_other_account(reception: Reception, look_alike: str) -> None:
    await reception.register("ada@example.org", PASSWORD)

    await (await reception.request_reset(look_alike))()

    assert await reception.mails(PasswordResetRequested) == []


async def test_what_becomes_the_same_in_lower_case_is_the_same_account_and_its_mail_goes_to_that(
    reception: Reception,
) -> None:
    """The Kelvin sign is a k in lower case: a mail to the address as typed could go to somebody else."""
    typed = "\N{KELVIN SIGN}ate@example.org"
    await reception.register("kate@example.org", PASSWORD)

    with pytest.raises(EmailTakenError):
        await reception.register(typed, PASSWORD)
    await (await reception.request_reset(typed))()

    (mail,) = await reception.mails(PasswordResetRequested)
    assert mail.email == "kate@example.org"
