"""Routes for operators: the states of all conversions without contents, and the events that could not be handled."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from litestar import get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.cursors import INVALID_CURSOR
from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import CALLER, INVALID_REQUEST, problem_responses
from tracklift_adapters.http.problems.problems import invalid_request
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.library.count_conversions import MOST_COUNTED, CountConversions
from tracklift_domain.conversion.library.list_all_conversions import ListAllConversions
from tracklift_domain.conversion.ports import StateCount
from tracklift_domain.conversion.running.redrive_dead_letter import RedriveDeadLetter
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.messaging.delivery import DeadLetterRecord
from tracklift_domain.messaging.errors import DeadLetterNotFoundError
from tracklift_domain.messaging.ports import DeadLetters
from tracklift_domain.messaging.queues import QUEUES, REQUEST_QUEUE
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InsufficientRoleError
from tracklift_domain.user.role import Role
from tracklift_gateway.cursors import read_cursor, write_cursor

_TAGS = ["administration"]
_OPERATOR = (*CALLER, InsufficientRoleError)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionStateResponse:
    """A conversion as operators see it: no video, names or sound, and only the id of its user.

    Sizes in bytes, `audio_duration` in seconds. `error` is the code with which it failed.
    """

    id: str
    user_id: str
    state: ConversionState
    attempt: int
    video_size: int | None
    audio_size: int | None
    audio_duration: float | None
    error: str | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, conversion: Conversion) -> "ConversionStateResponse":
        """Show a conversion without its contents."""
        audio, failure = conversion.audio, conversion.failure
        return cls(
            id=conversion.id,
            user_id=conversion.owner.user_id,
            state=conversion.state,
            attempt=conversion.attempt,
            video_size=conversion.source.size,
            audio_size=None if audio is None else audio.size,
            audio_duration=None if audio is None else audio.duration,
            error=None if failure is None else failure.code.value,
            created_at=conversion.created_at,
            updated_at=conversion.updated_at,
            expires_at=conversion.expires_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionStateListResponse:
    """A page of conversions, newest first; `next_cursor` gets the next page."""

    items: list[ConversionStateResponse]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCountResponse:
    """How many conversions are in a state, and the oldest time of their last updates."""

    state: ConversionState
    count: int
    oldest_update: datetime | None

    @classmethod
    def of(cls, state: ConversionState, counted: StateCount) -> "StateCountResponse":
        """Show what was counted."""
        return cls(state=state, count=counted.count, oldest_update=counted.oldest_update)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCountsResponse:
    """The counts of all states. If a count is `most_counted`, there may be more."""

    states: list[StateCountResponse]
    most_counted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterResponse:
    """An event that could not be handled, with its subject and the reason. `type` is `null` if it can't be read."""

    id: str
    queue: str
    type: str | None
    subject: str | None
    reason: str
    died_at: datetime

    @classmethod
    def of(cls, letter: DeadLetterRecord) -> "DeadLetterResponse":
        """Show a dead letter without the data of its event, which may hold addresses and links."""
        try:
            event = json.loads(letter.event)
        except ValueError:
            event = None
        known = event if isinstance(event, dict) else {}
        return cls(
            id=letter.id,
            queue=letter.queue,
            type=_text(known.get("type")),
            subject=_text(known.get("subject")),
            reason=letter.reason,
            died_at=letter.died_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterListResponse:
    """Dead letters of one queue, oldest first."""

    items: list[DeadLetterResponse]


_STATE = ConversionStateResponse(
    id="5f0c1f0e6d0b4b0c8f6f2a4f6f1d2c3b",
    user_id="0b8f6f2a4f6f1d2c3b5f0c1f0e6d0b4b",
    state=ConversionState.FAILED,
    attempt=5,
    video_size=73_400_320,
    audio_size=None,
    audio_duration=None,
    error=FailureCode.TIMED_OUT.value,
    created_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    updated_at=datetime(2026, 3, 1, 9, 52, tzinfo=UTC),
    expires_at=datetime(2026, 3, 31, 9, 52, tzinfo=UTC),
)
_LETTER = DeadLetterResponse(
    id="17",
    queue=REQUEST_QUEUE,
    type="tracklift.conversion.requested.v1",
    subject="5f0c1f0e6d0b4b0c8f6f2a4f6f1d2c3b",
    reason="timed_out after 5 attempts: It took too long.",
    died_at=datetime(2026, 3, 1, 9, 52, tzinfo=UTC),
)
_STATES = ResponseSpec(
    ConversionStateListResponse,
    generate_examples=False,
    description="A page of the list.",
    examples=[example("The last page", ConversionStateListResponse(items=[_STATE], next_cursor=None))],
)
_COUNTS = ResponseSpec(
    StateCountsResponse,
    generate_examples=False,
    description="The counts.",
    examples=[
        example(
            "Three that wait",
            StateCountsResponse(
                states=[
                    StateCountResponse(
                        state=each,
                        count=3 if each is ConversionState.QUEUED else 0,
                        oldest_update=_STATE.updated_at if each is ConversionState.QUEUED else None,
                    )
                    for each in ConversionState
                ],
                most_counted=MOST_COUNTED,
            ),
        )
    ],
)
_LETTERS = ResponseSpec(
    DeadLetterListResponse,
    generate_examples=False,
    description="The dead letters.",
    examples=[example("A conversion that took too long", DeadLetterListResponse(items=[_LETTER]))],
)


@get(
    "/v1/admin/conversions",
    summary="List the conversions of all users",
    description="For operators. Without file names, options or sound; newest first.",
    operation_id="list_all_conversions",
    responses={200: _STATES, **problem_responses(*_OPERATOR, INVALID_REQUEST, INVALID_CURSOR)},
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def list_states(
    caller: Given[Caller],
    list_all_conversions: Given[ListAllConversions],
    wanted: Annotated[
        str | None,
        QueryParameter(name="state", enum=list(ConversionState), description="Only those in this state."),
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100, description="How many at the most.")] = 50,
    cursor: Annotated[
        str | None, QueryParameter(max_length=200, description="`next_cursor` of the page before.")
    ] = None,
) -> ConversionStateListResponse:
    """List the conversions of all users without their contents."""
    if wanted is not None and wanted not in set(ConversionState):
        raise invalid_request("state", f"is one of {', '.join(ConversionState)}.")
    page = await list_all_conversions(
        caller,
        limit=limit,
        state=None if wanted is None else ConversionState(wanted),
        after=read_cursor(cursor) if cursor else None,
    )
    return ConversionStateListResponse(
        items=[ConversionStateResponse.of(each) for each in page.conversions],
        next_cursor=write_cursor(page.following) if page.following else None,
    )


@get(
    "/v1/admin/conversion-states",
    summary="Count the conversions of all users by state",
    description="For operators. The update that is longest ago in a state tells whether its queue stands still.",
    operation_id="count_conversions",
    responses={200: _COUNTS, **problem_responses(*_OPERATOR)},
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def count_states(
    caller: Given[Caller], count_conversions: Given[CountConversions]
) -> StateCountsResponse:
    """Count the conversions of all users by state."""
    counted = await count_conversions(caller)
    return StateCountsResponse(
        states=[StateCountResponse.of(*each) for each in counted.items()], most_counted=MOST_COUNTED
    )


@get(
    "/v1/admin/dead-letters",
    summary="List events that could not be handled",
    description="For operators. Of one queue, or the oldest of each.",
    operation_id="list_dead_letters",
    responses={200: _LETTERS, **problem_responses(*_OPERATOR, INVALID_REQUEST)},
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def list_dead_letters(
    caller: Given[Caller],
    dead_letters: Given[DeadLetters],
    queue: Annotated[
        str | None, QueryParameter(enum=list(QUEUES), description="Only those of this queue.")
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100, description="How many of each queue.")] = 50,
) -> DeadLetterListResponse:
    """List dead letters without the data of their events."""
    caller.require_role(Role.OPERATOR)
    if queue is not None and queue not in QUEUES:
        raise invalid_request("queue", f"is one of {', '.join(QUEUES)}.")
    letters = [
        letter
        for each in QUEUES
        if queue in {None, each}
        for letter in await dead_letters.list(each, limit=limit)
    ]
    return DeadLetterListResponse(items=[DeadLetterResponse.of(letter) for letter in letters])


@post(
    "/v1/admin/dead-letters/{queue:str}/{letter_id:str}/redrive",
    status_code=204,
    summary="Put an event back to work",
    description="For operators, once the cause is fixed. A conversion that has failed gets new attempts.",
    operation_id="redrive_dead_letter",
    response_description="It is back in its queue.",
    responses=problem_responses(*_OPERATOR, DeadLetterNotFoundError),
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def redrive(
    caller: Given[Caller],
    redrive_dead_letter: Given[RedriveDeadLetter],
    queue: FromPath[str],
    letter_id: FromPath[str],
) -> None:
    """Put a dead letter back into its queue."""
    caller.require_role(Role.OPERATOR)
    if queue not in QUEUES:
        raise DeadLetterNotFoundError(queue, letter_id)
    await redrive_dead_letter(queue, letter_id)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


OPERATION_ROUTES: list[ControllerRouterHandler] = [list_states, count_states, list_dead_letters, redrive]
