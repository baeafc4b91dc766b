"""Accounts: log in and out, register, verify, passwords."""

from tracklift_client.credentials import Tokens
from tracklift_client.models.accounts import (
    Account,
    AccountData,
    SignInProvider,
    SignInProviderList,
    TokenAnswer,
    User,
)
from tracklift_client.patience import patiently
from tracklift_client.routes import (
    ACCEPT_INVITATION,
    ASK_RESET,
    ASK_VERIFICATION,
    CHANGE_EMAIL,
    CHANGE_PASSWORD,
    CONFIRM_EMAIL,
    DELETE_ME,
    GET_ACCOUNT_DATA,
    GET_ME,
    GET_TOKEN,
    LIST_PROVIDERS,
    REGISTER,
    RESET_PASSWORD,
    REVOKE_TOKEN,
    VERIFY_EMAIL,
)
from tracklift_client.session import Session, called, done
from tracklift_client.small_requests import form_request, json_request, plain_request
from tracklift_client.steps import Steps, work


def log_in(session: Session, email: str, password: str, code: str | None = None) -> Steps[None]:
    """Log in with a password; from then on the tokens are used, and renewed by themselves.

    `code` is that of a second factor, which an error `second_factor_required` asks for.
    """
    form = {"grant_type": "password", "username": email, "password": password}
    form |= {"code": code} if code else {}
    answer = yield from called(form_request(GET_TOKEN, form), TokenAnswer)
    tokens = Tokens.of(answer)
    yield from work(lambda: session.tokens.write(tokens))


def log_out(session: Session) -> Steps[None]:
    """End the session at the server and forget its tokens. Without tokens it does nothing."""
    tokens = yield from work(session.tokens.read)
    if tokens is None:
        return
    yield from done(form_request(REVOKE_TOKEN, {"token": tokens.refresh_token}))
    yield from work(lambda: session.tokens.write(None))


def register(_session: Session, email: str, password: str) -> Steps[User]:
    """Make an account. It is not logged in thereby."""
    return (yield from called(json_request(REGISTER, {"email": email, "password": password}), User))


def me(session: Session) -> Steps[Account]:
    """Show the user's own account."""
    return (yield from patiently(session.patience, lambda: session.called(plain_request(GET_ME), Account)))


def account_data(session: Session) -> Steps[AccountData]:
    """Give all that the server has about the account itself; `each` gives its conversions."""
    request = plain_request(GET_ACCOUNT_DATA)
    return (yield from patiently(session.patience, lambda: session.called(request, AccountData)))


def delete_account(session: Session) -> Steps[None]:
    """Delete the user's own account with all that belongs to it."""
    yield from session.done(plain_request(DELETE_ME))
    yield from work(lambda: session.tokens.write(None))


def change_password(session: Session, present: str, new: str) -> Steps[None]:
    """Change the password; all other sessions end."""
    yield from session.done(json_request(CHANGE_PASSWORD, {"present": present, "new": new}))


def change_email(session: Session, email: str, password: str = "") -> Steps[None]:
    """Have a link mailed to a new address, which becomes that of the account once the link is used.

    Who signs in with a provider only leaves the password empty.
    """
    yield from session.done(json_request(CHANGE_EMAIL, {"email": email, "password": password}))


def confirm_email(_session: Session, token: str) -> Steps[None]:
    """Make a new address that of the account, with the token of the link in the mail."""
    yield from done(json_request(CONFIRM_EMAIL, {"token": token}))


def accept_invitation(_session: Session, token: str, password: str) -> Steps[None]:
    """Give an account that an admin has made its password, with the token of the link in the mail."""
    yield from done(json_request(ACCEPT_INVITATION, {"token": token, "password": password}))


def ask_for_verification(session: Session) -> Steps[None]:
    """Have the mail sent again that verifies the user's address."""
    yield from session.done(plain_request(ASK_VERIFICATION))


def verify_email(_session: Session, token: str) -> Steps[None]:
    """Verify an address with the token of the link in the mail."""
    yield from done(json_request(VERIFY_EMAIL, {"token": token}))


def ask_for_password_reset(_session: Session, email: str) -> Steps[None]:
    """Have a mail sent with a link that sets a new password."""
    yield from done(json_request(ASK_RESET, {"email": email}))


def reset_password(_session: Session, token: str, password: str) -> Steps[None]:
    """Set a new password with the token of the link in the mail."""
    yield from done(json_request(RESET_PASSWORD, {"token": token, "password": password}))


def sign_in_providers(session: Session) -> Steps[list[SignInProvider]]:
    """List the OpenID providers with which a browser can sign in."""
    request = plain_request(LIST_PROVIDERS)
    found = yield from patiently(session.patience, lambda: called(request, SignInProviderList))
    return found.items
