"""What operators see over HTTP: the state of each conversion without contents, and dead letters."""

import asyncio

import httpx
import pytest

from tests.contracts.examples import ADA, BOB, NOW, SECOND, a_user, conversion_id
from tests.unit.builders import failed
from tests.unit.http.backstage import Backstage
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.source_video import SourceVideo
from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Subscription
from tracklift_domain.messaging.queues import LINK_QUEUE, QUEUES, REQUEST_QUEUE
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.mailed_link.events import PasswordResetRequested
from tracklift_domain.user.mailed_link.mailed_token import MailedToken, TokenPurpose
from tracklift_domain.user.role import Role

CONVERSIONS = "/v1/admin/conversions"
COUNTS = "/v1/admin/conversion-states"
LETTERS = "/v1/admin/dead-letters"
SECRET = "mailed-link-token"
OPERATOR = UserId("0b5e7" * 6 + "00")


def signed_in(backstage: Backstage, role: Role) -> dict[str, str]:
    """Give the header of a user of a role."""
    caller = Caller(user_id=OPERATOR, email=a_user().email, role=role)
    return {"Authorization": f"Bearer {backstage.tokens.issue(caller, backstage.clock.now()).value}"}


@pytest.fixture
def operator(client: httpx.AsyncClient, backstage: Backstage) -> httpx.AsyncClient:
    """Give a client with an operator's token."""
    client.headers.update(signed_in(backstage, Role.OPERATOR))
    return client


async def dead_letter(backstage: Backstage, queue: str, event: Event) -> None:
    """Have an event dead-lettered."""
    subscription = Subscription(queue=queue, event_types=(type(event),))
    await backstage.broker.declare([subscription])
    await backstage.broker.publish(event)
    stopping = asyncio.Event()

    async def handler(_event: Event) -> Disposition:
        stopping.set()
        return DeadLetter("it took too long")

    await backstage.broker.consume(subscription, handler, stopping=stopping)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", CONVERSIONS),
        ("GET", COUNTS),
        ("GET", LETTERS),
        ("POST", f"{LETTERS}/converter/1/redrive"),
    ],
)
@pytest.mark.parametrize(("role", "status"), [(Role.USER, 403), (Role.OPERATOR, None), (Role.ADMIN, None)])
async def test_only_operators_and_admins_pass(
    client: httpx.AsyncClient, backstage: Backstage, method: str, path: str, role: Role, status: int | None
) -> None:
    answer = await client.request(method, path, headers=signed_in(backstage, role))
    if status is None:
        assert answer.status_code in {200, 404}
    else:
        assert (answer.status_code, answer.json()["code"]) == (status, "insufficient_role")


class TestStates:
    async def test_those_of_all_users_are_listed_without_contents(
        self, operator: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        ended = failed(1, source=SourceVideo(name="secret plans.mp4"))
        await backstage.conversions.add(ended)
        await backstage.add_conversion(2, owner_id=BOB, created_at=NOW + SECOND)

        answer = await operator.get(CONVERSIONS)

        newest, oldest = answer.json()["items"]
        assert (newest["id"], newest["user_id"]) == (conversion_id(2), BOB)
        assert oldest == {
            "id": ended.id,
            "user_id": ADA,
            "state": "failed",
            "attempt": 1,
            "video_size": 1000,
            "audio_size": None,
            "audio_duration": None,
            "error": "timed_out",
            "created_at": "2026-02-03T04:05:06.789123Z",
            "updated_at": "2026-02-03T04:05:06.789123Z",
            "expires_at": "2026-02-10T04:05:06.789123Z",
        }
        assert "secret" not in answer.text
        assert "ada@example.org" not in answer.text

    async def test_one_state_is_listed_page_by_page(
        self, operator: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        for number in range(1, 6):
            owner = (ADA, BOB)[number % 2]
            await backstage.add_conversion(number, owner_id=owner, created_at=NOW + number * SECOND)
        await backstage.add_completed(number=9)
        found, cursor = [], None
        while True:
            query = {"state": "queued", "limit": "2", **({"cursor": cursor} if cursor else {})}
            page = (await operator.get(CONVERSIONS, params=query)).json()
            found += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == [conversion_id(number) for number in (5, 4, 3, 2, 1)]

    async def test_they_are_counted_with_the_update_that_is_longest_ago(
        self, operator: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        await backstage.add_conversion(1, created_at=NOW - SECOND, updated_at=NOW - SECOND)
        await backstage.add_conversion(2, owner_id=BOB)
        await backstage.add_completed(number=9)

        answer = (await operator.get(COUNTS)).json()

        assert [each["state"] for each in answer["states"]] == [state.value for state in ConversionState]
        assert answer["states"][1:3] == [
            {"state": "queued", "count": 2, "oldest_update": "2026-02-03T04:05:05.789123Z"},
            {"state": "converting", "count": 0, "oldest_update": None},
        ]
        assert answer["most_counted"] == 10_000

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"state": "lost"}, "invalid_request"),
            ({"limit": "0"}, "invalid_request"),
            ({"limit": "101"}, "invalid_request"),
            ({"cursor": "nonsense"}, "invalid_cursor"),
        ],
    )
    async def test_a_question_that_makes_no_sense_is_refused(
        self, operator: httpx.AsyncClient, query: dict[str, str], code: str
    ) -> None:
        answer = await operator.get(CONVERSIONS, params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


class TestDeadLetters:
    async def test_they_are_listed_without_the_data_of_their_events(
        self, operator: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        """Which may hold addresses, and links that open accounts."""
        mailed = MailedToken(
            token_hash="5e" * 32,
            purpose=TokenPurpose.RESET_PASSWORD,
            user_id=ADA,
            email=a_user().email,
            created_at=NOW,
            expires_at=NOW + SECOND,
        )
        await dead_letter(backstage, LINK_QUEUE, PasswordResetRequested.of(mailed, SECRET))

        answer = await operator.get(LETTERS)

        (letter,) = answer.json()["items"]
        assert (letter["queue"], letter["type"], letter["subject"], letter["reason"]) == (
            LINK_QUEUE,
            PasswordResetRequested.type,
            ADA,
            "it took too long",
        )
        assert SECRET not in answer.text
        assert "ada@example.org" not in answer.text
        assert (await operator.get(LETTERS, params={"queue": REQUEST_QUEUE})).json()["items"] == []

    async def test_a_failed_conversion_is_put_back_to_work(
        self, operator: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        ended = failed(1)
        await backstage.conversions.add(ended)
        await dead_letter(backstage, REQUEST_QUEUE, ConversionRequested.of(ended))
        (letter,) = (await operator.get(LETTERS, params={"queue": REQUEST_QUEUE})).json()["items"]

        answer = await operator.post(f"{LETTERS}/{letter['queue']}/{letter['id']}/redrive")

        assert answer.status_code == 204
        assert (await backstage.conversions.get(ended.id)).state is ConversionState.QUEUED
        assert (await operator.get(LETTERS)).json()["items"] == []

    @pytest.mark.parametrize("path", ["converter/17", "nothing/17", "converter.dead/17", "%2e%2e/17"])
    async def test_what_is_not_there_is_not_found(self, operator: httpx.AsyncClient, path: str) -> None:
        answer = await operator.post(f"{LETTERS}/{path}/redrive")
        assert answer.status_code == 404

    async def test_a_queue_that_there_is_not_is_refused(self, operator: httpx.AsyncClient) -> None:
        answer = await operator.get(LETTERS, params={"queue": "nothing"})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert all(queue in answer.json()["detail"] for queue in QUEUES)
