"""The client that blocks."""

from collections.abc import Callable, Generator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Self

import httpx

from tracklift_client.blocking_driver import BlockingDriver
from tracklift_client.connection import TIMEOUT, server_address, user_agent
from tracklift_client.operations import (
    access,
    accounts,
    administration,
    conversions,
    device_sign_in,
    downloading,
    operation,
    second_factors,
    submitting,
    uploading,
    watching,
)
from tracklift_client.session import Session
from tracklift_client.steps import E, Emitting, Steps, T

P = ParamSpec("P")


def _blocking(
    operation: Callable[Concatenate[Session, P], Steps[T]],
) -> Callable[Concatenate["Client", P], T]:
    """Make a method of an operation."""

    @wraps(operation)
    def call(client: "Client", /, *arguments: P.args, **named: P.kwargs) -> T:
        return client.driver.run(operation(client.session, *arguments, **named))

    return call


def _iterating(
    operation: Callable[Concatenate[Session, P], Emitting[E, Any]],
) -> Callable[Concatenate["Client", P], Generator[E, None, Any]]:
    """Make a method that iterates of an operation that emits."""

    @wraps(operation)
    def call(client: "Client", /, *arguments: P.args, **named: P.kwargs) -> Generator[E, None, Any]:
        return client.driver.iterate(operation(client.session, *arguments, **named))

    return call


class Client:
    """Works with one server, for one user. To be closed; `with` does. Several threads may use it at once.

    Each method has the parameters of the operation of its name in `tracklift_client.operations`, without the session.
    """

    def __init__(
        self, server: str, session: Session | None = None, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Take the server's address, such as `https://tracklift.example`. Connects to nothing.

        Raises:
            ServerAddressError: this is no address.
        """
        self.server = server_address(server)
        self.session = Session() if session is None else session
        self._http = httpx.Client(
            base_url=self.server, timeout=TIMEOUT, headers={"User-Agent": user_agent()}, transport=transport
        )
        self.driver = BlockingDriver(self._http)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    log_in = _blocking(accounts.log_in)
    log_out = _blocking(accounts.log_out)
    register = _blocking(accounts.register)
    me = _blocking(accounts.me)
    account_data = _blocking(accounts.account_data)
    delete_account = _blocking(accounts.delete_account)
    change_password = _blocking(accounts.change_password)
    change_email = _blocking(accounts.change_email)
    confirm_email = _blocking(accounts.confirm_email)
    accept_invitation = _blocking(accounts.accept_invitation)
    ask_for_verification = _blocking(accounts.ask_for_verification)
    verify_email = _blocking(accounts.verify_email)
    ask_for_password_reset = _blocking(accounts.ask_for_password_reset)
    reset_password = _blocking(accounts.reset_password)
    sign_in_providers = _blocking(accounts.sign_in_providers)
    begin_device_sign_in = _blocking(device_sign_in.begin_device_sign_in)
    complete_device_sign_in = _blocking(device_sign_in.complete_device_sign_in)

    second_factor = _blocking(second_factors.second_factor)
    begin_second_factor = _blocking(second_factors.begin_second_factor)
    confirm_second_factor = _blocking(second_factors.confirm_second_factor)
    remove_second_factor = _blocking(second_factors.remove_second_factor)

    api_keys = _blocking(access.api_keys)
    create_api_key = _blocking(access.create_api_key)
    revoke_api_key = _blocking(access.revoke_api_key)
    sessions = _blocking(access.sessions)
    end_session = _blocking(access.end_session)
    end_all_sessions = _blocking(access.end_all_sessions)

    users = _iterating(administration.users)
    user = _blocking(administration.user)
    invite_user = _blocking(administration.invite_user)
    create_user = _blocking(administration.create_user)
    change_user = _blocking(administration.change_user)
    remove_user = _blocking(administration.remove_user)
    send_password_reset = _blocking(administration.send_password_reset)
    remove_users_second_factor = _blocking(administration.remove_users_second_factor)
    all_conversions = _iterating(operation.all_conversions)
    count_conversions = _blocking(operation.count_conversions)
    dead_letters = _blocking(operation.dead_letters)
    redrive_dead_letter = _blocking(operation.redrive_dead_letter)

    show = _blocking(conversions.show)
    page = _blocking(conversions.page)
    each = _iterating(conversions.each)
    peaks = _blocking(conversions.peaks)
    rename = _blocking(conversions.rename)
    cancel = _blocking(conversions.cancel)
    retry = _blocking(conversions.retry)
    again = _blocking(conversions.again)
    delete = _blocking(conversions.delete)

    submit = _blocking(submitting.submit)
    upload = _blocking(uploading.upload)
    delete_upload = _blocking(uploading.delete_upload)
    largest_upload = _blocking(uploading.largest_upload)
    watch = _iterating(watching.watch)
    watch_all = _iterating(watching.watch_all)
    download = _blocking(downloading.download)
    audio_pieces = _iterating(downloading.audio_pieces)
    audio_size = _blocking(downloading.audio_size)
