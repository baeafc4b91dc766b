"""Routes for the sessions and the password of a logged-in user."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from litestar import delete, get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body, FromPath
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import JSON, takes
from tracklift_adapters.http.bodies.request_fields import RequestFields
from tracklift_adapters.http.callers.guess_limits import GuessedIn
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import (
    CALLER,
    INVALID_REQUEST,
    RATE_LIMITED,
    SMALL_BODY,
    problem_responses,
)
from tracklift_domain.identifiers import SessionId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.account.change_password import ChangePassword
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.password.errors import TooManyLogInsError, WeakPasswordError, WrongPasswordError
from tracklift_domain.user.session.end_own_sessions import EndOwnSessions
from tracklift_domain.user.session.errors import NoSuchSessionError
from tracklift_domain.user.session.list_sessions import ListSessions
from tracklift_domain.user.session.session import Session

_TAGS = ["users"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResponse:
    """A session: the device that began it, if known, and when it was last renewed.

    `current` is true for the session that makes the request.
    """

    id: str
    device: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool

    @classmethod
    def of(cls, session: Session, caller: Caller) -> "SessionResponse":
        """Show a session to a caller."""
        return cls(
            id=session.id,
            device=session.device,
            created_at=session.created_at,
            last_used_at=session.last_used_at or session.created_at,
            expires_at=session.expires_at,
            current=session.id == caller.session_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionListResponse:
    """All sessions of the caller, newest first."""

    items: list[SessionResponse]


class PasswordRequest(RequestFields, frozen=True, kw_only=True):
    """The current password, and the new one."""

    present: str
    new: str


_SESSIONS = ResponseSpec(
    SessionListResponse,
    generate_examples=False,
    description="The sessions.",
    examples=[
        example(
            "One session",
            SessionListResponse(
                items=[
                    SessionResponse(
                        id="6a1f0c4e6d0b4b0c8f6f2a4f6f1d2c3b",
                        device="Firefox on Linux",
                        created_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
                        last_used_at=datetime(2026, 3, 2, 14, 3, 21, tzinfo=UTC),
                        expires_at=datetime(2026, 4, 1, 14, 3, 21, tzinfo=UTC),
                        current=True,
                    )
                ]
            ),
        )
    ],
)
_PASSWORDS = [
    example(
        "A new password", PasswordRequest(present="correct horse battery", new="another good pass phrase")
    )
]


@get(
    "/v1/sessions",
    summary="List sessions",
    operation_id="list_sessions",
    responses={200: _SESSIONS, **problem_responses(*CALLER)},
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def show_all(caller: Given[Caller], list_sessions: Given[ListSessions]) -> SessionListResponse:
    """List the caller's sessions, newest first."""
    return SessionListResponse(
        items=[SessionResponse.of(session, caller) for session in await list_sessions(caller)]
    )


@delete(
    "/v1/sessions/{session_id:str}",
    summary="End a session",
    description="It is renewed no more, and its event streams end. Its access token is refused within a minute.",
    operation_id="end_one_session",
    response_description="The session has ended.",
    responses=problem_responses(*CALLER, NoSuchSessionError),
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def end_one(
    caller: Given[Caller], end_own_sessions: Given[EndOwnSessions], session_id: FromPath[str]
) -> None:
    """End one session of the caller."""
    await end_own_sessions.one(caller, SessionId(session_id))


@delete(
    "/v1/sessions",
    summary="End all sessions",
    description="The caller's own among them. API keys stay.",
    operation_id="end_all_sessions",
    response_description="All sessions have ended.",
    responses=problem_responses(*CALLER),
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def end_all(caller: Given[Caller], end_own_sessions: Given[EndOwnSessions]) -> None:
    """End all sessions of the caller."""
    await end_own_sessions.all(caller)


@put(
    "/v1/me/password",
    status_code=204,
    summary="Change the password",
    description="Ends all other sessions. API keys stay.",
    operation_id="change_password",
    response_description="The password is the new one.",
    responses=problem_responses(
        *CALLER,
        INVALID_REQUEST,
        WrongPasswordError,
        WeakPasswordError,
        UserNotFoundError,
        TooManyLogInsError,
        *SMALL_BODY,
        RATE_LIMITED,
    ),
    guards=[takes(JSON)],
    rate_limit="token",
    guessed_in=GuessedIn.SESSION,
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def change(
    data: Annotated[PasswordRequest, Body(examples=_PASSWORDS)],
    caller: Given[Caller],
    change_password: Given[ChangePassword],
) -> None:
    """Change the password of the caller."""
    await change_password(caller, data.present, data.new)


SESSION_ROUTES: list[ControllerRouterHandler] = [show_all, end_one, end_all, change]
