"""Requests in the name of a user."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

from tracklift_client.answers import MOST_BYTES, checked, decoded
from tracklift_client.credentials import MemoryTokens, Tokens, TokenStore
from tracklift_client.errors import NotLoggedInError, ProblemError
from tracklift_client.models.accounts import TokenAnswer
from tracklift_client.patience import Patience
from tracklift_client.routes import GET_TOKEN
from tracklift_client.small_requests import form_request
from tracklift_client.steps import Head, Open, Request, Steps, Wait, read_whole, work

T = TypeVar("T")
_LOCK_LOOKS = 0.05
"""Seconds between two looks at a lock that another call holds while it renews the tokens."""
_RENEWABLE = {"token_expired", "invalid_token"}


@dataclass(slots=True)
class Session:
    """Who is calling: an API key, or else the tokens of a log-in."""

    api_key: str | None = None
    tokens: TokenStore = field(default_factory=MemoryTokens)
    patience: Patience = field(default_factory=Patience)

    def opened(self, request: Request) -> Steps[Head]:
        """Send a request in the name of the user, with new tokens if they are due, and give the begin of the answer.

        Raises:
            NotLoggedInError: there is nothing to prove it with, or the session has ended.
            ProblemError: the server declines.
            ConnectionLostError, UnexpectedAnswerError: as for every request.
        """
        if self.api_key is not None:
            _check_key(self.api_key)
            return (yield from opened(_with_token(request, self.api_key)))
        tokens = yield from work(self.tokens.read)
        if tokens is None:
            raise NotLoggedInError("You are not logged in.")
        if tokens.end_soon:
            tokens = yield from self._renewed(tokens)
        try:
            return (yield from opened(_with_token(request, tokens.access_token)))
        except ProblemError as error:
            if error.status != 401 or error.code not in _RENEWABLE:
                raise
        # Once more: the server's clock counts, and a session's tokens may have been ended.
        tokens = yield from self._renewed(tokens)
        return (yield from opened(_with_token(request, tokens.access_token)))

    def opened_by_anybody(self, request: Request) -> Steps[Head]:
        """Send a request in the name of the user, or without credentials where no user is logged in."""
        if self.api_key is None and (yield from work(self.tokens.read)) is None:
            return (yield from opened(request))
        return (yield from self.opened(request))

    def called(self, request: Request, kind: type[T]) -> Steps[T]:
        """Send a request in the name of the user, and read the answer's JSON."""
        yield from self.opened(request)
        return decoded((yield from read_whole(MOST_BYTES)), kind)

    def done(self, request: Request) -> Steps[None]:
        """Send a request in the name of the user, whose answer says nothing more."""
        yield from self.opened(request)
        yield from read_whole(0)

    def _renewed(self, used: Tokens) -> Steps[Tokens]:
        while not (yield from work(self.tokens.try_lock)):
            yield Wait(_LOCK_LOOKS)
        try:
            known = yield from work(self.tokens.read)
            if known is None:
                raise NotLoggedInError("You have logged out meanwhile.")
            if known.access_token != used.access_token:
                return known  # Another call, or another process, was here first.
            renewed = yield from self._exchanged(known)
            yield from work(lambda: self.tokens.write(renewed))
            return renewed
        finally:
            self.tokens.unlock()

    def _exchanged(self, known: Tokens) -> Steps[Tokens]:
        form = {"grant_type": "refresh_token", "refresh_token": known.refresh_token}
        try:
            answer = yield from called(form_request(GET_TOKEN, form), TokenAnswer)
        except ProblemError as error:
            if error.status not in {400, 401}:
                raise
            yield from work(lambda: self.tokens.write(None))
            raise NotLoggedInError("Your session has ended: log in again.") from error
        return Tokens.of(answer)


def opened(request: Request) -> Steps[Head]:
    """Send a request, without credentials unless a header has some, and give the begin of the answer."""
    head: Head = yield Open(request)
    return (yield from checked(head))


def called(request: Request, kind: type[T]) -> Steps[T]:
    """Send a request without credentials, and read the answer's JSON."""
    yield from opened(request)
    return decoded((yield from read_whole(MOST_BYTES)), kind)


def done(request: Request) -> Steps[None]:
    """Send a request without credentials, whose answer says nothing more."""
    yield from opened(request)
    yield from read_whole(0)


def _check_key(key: str) -> None:
    # No header can have it: asking would fail like a line that is cut, be tried again, and be told with the key in it.
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise NotLoggedInError("The API key has characters that no key has.")


def _with_token(request: Request, token: str) -> Request:
    return replace(request, headers={**request.headers, "Authorization": f"Bearer {token}"})
