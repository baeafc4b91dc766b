"""The client for an event loop."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Self

import httpx

from tracklift_client.asynchronous_driver import AsynchronousDriver
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


def _awaited(
    operation: Callable[Concatenate[Session, P], Steps[T]],
) -> Callable[Concatenate["AsyncClient", P], Coroutine[Any, Any, T]]:
    """Make a method of an operation."""

    @wraps(operation)
    async def call(client: "AsyncClient", /, *arguments: P.args, **named: P.kwargs) -> T:
        return await client.driver.run(operation(client.session, *arguments, **named))

    return call


def _iterating(
    operation: Callable[Concatenate[Session, P], Emitting[E, Any]],
) -> Callable[Concatenate["AsyncClient", P], AsyncGenerator[E, None]]:
    """Make a method that iterates of an operation that emits."""

    @wraps(operation)
    def call(client: "AsyncClient", /, *arguments: P.args, **named: P.kwargs) -> AsyncGenerator[E, None]:
        return client.driver.iterate(operation(client.session, *arguments, **named))

    return call


class AsyncClient:
    """Works with one server, for one user. To be closed; `async with` does. Several tasks may use it at once.

    Each method has the parameters of the operation of its name in `tracklift_client.operations`, without the session.
    """

    def __init__(
        self,
        server: str,
        session: Session | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Take the server's address, such as `https://tracklift.example`. Connects to nothing.

        Raises:
            ServerAddressError: this is no address.
        """
        self.server = server_address(server)
        self.session = Session() if session is None else session
        self._http = httpx.AsyncClient(
            base_url=self.server, timeout=TIMEOUT, headers={"User-Agent": user_agent()}, transport=transport
        )
        self.driver = AsynchronousDriver(self._http)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    log_in = _awaited(accounts.log_in)
    log_out = _awaited(accounts.log_out)
    register = _awaited(accounts.register)
    me = _awaited(accounts.me)
    account_data = _awaited(accounts.account_data)
    delete_account = _awaited(accounts.delete_account)
    change_password = _awaited(accounts.change_password)
    change_email = _awaited(accounts.change_email)
    confirm_email = _awaited(accounts.confirm_email)
    accept_invitation = _awaited(accounts.accept_invitation)
    ask_for_verification = _awaited(accounts.ask_for_verification)
    verify_email = _awaited(accounts.verify_email)
    ask_for_password_reset = _awaited(accounts.ask_for_password_reset)
    reset_password = _awaited(accounts.reset_password)
    sign_in_providers = _awaited(accounts.sign_in_providers)
    begin_device_sign_in = _awaited(device_sign_in.begin_device_sign_in)
    complete_device_sign_in = _awaited(device_sign_in.complete_device_sign_in)

    second_factor = _awaited(second_factors.second_factor)
    begin_second_factor = _awaited(second_factors.begin_second_factor)
    confirm_second_factor = _awaited(second_factors.confirm_second_factor)
    remove_second_factor = _awaited(second_factors.remove_second_factor)

    api_keys = _awaited(access.api_keys)
    create_api_key = _awaited(access.create_api_key)
    revoke_api_key = _awaited(access.revoke_api_key)
    sessions = _awaited(access.sessions)
    end_session = _awaited(access.end_session)
    end_all_sessions = _awaited(access.end_all_sessions)

    users = _iterating(administration.users)
    user = _awaited(administration.user)
    invite_user = _awaited(administration.invite_user)
    create_user = _awaited(administration.create_user)
    change_user = _awaited(administration.change_user)
    remove_user = _awaited(administration.remove_user)
    send_password_reset = _awaited(administration.send_password_reset)
    remove_users_second_factor = _awaited(administration.remove_users_second_factor)
    all_conversions = _iterating(operation.all_conversions)
    count_conversions = _awaited(operation.count_conversions)
    dead_letters = _awaited(operation.dead_letters)
    redrive_dead_letter = _awaited(operation.redrive_dead_letter)

    show = _awaited(conversions.show)
    page = _awaited(conversions.page)
    each = _iterating(conversions.each)
    peaks = _awaited(conversions.peaks)
    rename = _awaited(conversions.rename)
    cancel = _awaited(conversions.cancel)
    retry = _awaited(conversions.retry)
    again = _awaited(conversions.again)
    delete = _awaited(conversions.delete)

    submit = _awaited(submitting.submit)
    upload = _awaited(uploading.upload)
    delete_upload = _awaited(uploading.delete_upload)
    largest_upload = _awaited(uploading.largest_upload)
    watch = _iterating(watching.watch)
    watch_all = _iterating(watching.watch_all)
    download = _awaited(downloading.download)
    audio_pieces = _iterating(downloading.audio_pieces)
    audio_size = _awaited(downloading.audio_size)
