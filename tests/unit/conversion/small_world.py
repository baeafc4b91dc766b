"""Users, workers, a broker and a post office around one storage, small enough to be watched whole."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar, cast

from typing_extensions import override

from tests.contracts.examples import NOW
from tests.unit import settings
from tests.unit.faults import Faults, UnreliableConversions, UnreliableFeed, UnreliableMedia, down, raising
from tracklift_adapters.in_memory.audio_extractor import InMemoryAudioExtractor
from tracklift_adapters.in_memory.audio_ledger import InMemoryAudioLedger
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.conversions import InMemoryConversionRepository
from tracklift_adapters.in_memory.delivery_log import InMemoryDeliveryLog
from tracklift_adapters.in_memory.growing_media import InMemoryGrowingMedia
from tracklift_adapters.in_memory.hourly_mails import InMemoryHourlyMails
from tracklift_adapters.in_memory.identifiers import SequentialIdentifiers
from tracklift_adapters.in_memory.media_store import InMemoryMediaStore
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.update_feed import InMemoryUpdateFeed
from tracklift_adapters.in_memory.user_quotas import InMemoryUserQuotas
from tracklift_adapters.in_memory.verified_addresses import InMemoryVerifiedAddresses
from tracklift_adapters.in_memory.video import in_memory_video
from tracklift_adapters.in_memory.video_inspector import InMemoryVideoInspector
from tracklift_converter import container as converter
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed, ConversionRequested
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.errors import DomainError, ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.identifiers import ConversionId, EventId, MediaId
from tracklift_domain.messaging.delivery import DeadLetter, Done, EventHandler, RetryAfter, Subscription
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.messaging.ports import EventPublisher, EventQueues
from tracklift_domain.messaging.queues import OUTCOME_QUEUE, REQUEST_QUEUE
from tracklift_domain.notification.events import OutcomeHandled
from tracklift_domain.notification.notification import Mail, Notification
from tracklift_domain.notification.ports import MailComposer, Mailer
from tracklift_domain.upload.submit_conversion import VideoUpload
from tracklift_domain.user.access.caller import Caller
from tracklift_gateway import container as gateway
from tracklift_notification import container as notification
from tracklift_runtime.cloud_events import EVENT_TYPES, decode_event, encode_event
from tracklift_runtime.deliver_event import DeliverEvent, Outcome

_Result = TypeVar("_Result")

TALK = in_memory_video(AudioTrack(codec="mp4a", sample_rate=44_100, channels=1, duration=1.0))
SILENT = in_memory_video()
LARGEST = 2_000
VIDEOS = {
    "talk": TALK,
    "silent": SILENT,
    "garbage": b"garbage",
    "empty": b"",
    "too large": bytes(LARGEST + 1),
}
# So the video of a conversion goes with its outcome.
RETENTION = RetentionPolicy(source=timedelta(0))
# Looks whenever it can, so that a run does not depend on how fast the machine is.
ATTEMPTS = AttemptPolicy(attempts=2, watch_every=timedelta(0), storage_pause=timedelta(0))
POLICIES = {"attempts": ATTEMPTS, "retention": RETENTION}
GATEWAY = replace(settings.GATEWAY, largest_video=LARGEST, unfinished_per_user=10)
NOTIFICATION = replace(settings.NOTIFICATION, mails_per_hour=1_000_000)


@dataclass(eq=False, slots=True)
class Message:
    """An event in a queue, as text."""

    event: str
    available_at: datetime
    failures: int = 0


@dataclass(eq=False, slots=True)
class Delivery:
    """A message in the hands of a worker."""

    message: Message
    faults: Faults
    task: "asyncio.Task[Outcome]"
    given_up: bool = False
    """Whether the broker took the worker for dead, and delivered the message to others."""


@dataclass(eq=False, slots=True)
class ArrivingVideo:
    """An upload whose client sends bit by bit."""

    task: "asyncio.Task[Conversion | None]"
    parts: "asyncio.Queue[bytes | None]"
    left: bytes = TALK

    def send_half(self) -> None:
        """Send half of what is left."""
        half = len(self.left) // 2
        self.parts.put_nowait(self.left[:half])
        self.left = self.left[half:]

    def send_rest(self) -> None:
        """Send all that is left."""
        self.parts.put_nowait(self.left)
        self.parts.put_nowait(None)


@dataclass(eq=False, slots=True)
class Queue:
    """Holds messages until they are done with, and delivers them at least once."""

    messages: list[Message] = field(default_factory=list)
    ever: list[str] = field(default_factory=list)
    """Everything that was ever put in."""
    dead: list[str] = field(default_factory=list)

    def put(self, event: str, now: datetime) -> None:
        """Take in a message."""
        self.messages.append(Message(event, now))
        self.ever.append(event)

    def due(self, now: datetime) -> list[Message]:
        """Give the messages whose time has come."""
        return [message for message in self.messages if message.available_at <= now]

    def settle(self, message: Message, outcome: Outcome, now: datetime) -> None:
        """Do with a delivered message what its handler answered."""
        match outcome.disposition:
            case RetryAfter(delay=delay):
                self.messages.append(Message(message.event, now + delay, outcome.failures))
            case DeadLetter():
                self.dead.append(message.event)
            case Done():
                pass


class _Broker(EventPublisher, EventQueues):
    """Puts requests, outcomes and confirmations into a queue each."""

    def __init__(self, world: "SmallWorld") -> None:
        self._world = world

    @override
    async def publish(self, event: Event) -> None:
        await self._world.faults.around("broker", lambda: self._put(event))

    async def _put(self, event: Event) -> None:
        match event:
            case ConversionRequested():
                queue = self._world.requests
            case OutcomeHandled():
                queue = self._world.confirmations
            case _:
                queue = self._world.outcomes
        queue.put(encode_event(event), self._world.clock.now())

    @override
    async def waiting(self, queue: str) -> int:
        queues = {REQUEST_QUEUE: self._world.requests, OUTCOME_QUEUE: self._world.outcomes}
        return len(queues[queue].due(self._world.clock.now()))


class _Composer(MailComposer):
    @override
    def compose(self, notification: Notification) -> Mail:
        return Mail(
            message_id=notification.event_id,
            recipient=notification.recipient,
            subject=notification.kind.value,
            text="",
            html="",
        )


class _Mailer(Mailer):
    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()

    @override
    async def send(self, mail: Mail) -> None:
        self.sent[mail.message_id] += 1


class SmallWorld:
    """Everything, in one event loop that runs only while a step is taken."""

    def __init__(self, callers: Sequence[Caller], seed: int) -> None:
        """Make an empty world; the seed decides in which order those who are at work at once get their turns."""
        self._callers = callers
        turns = Random(seed)  # noqa: S311  # an order of turns is not a secret
        self.take_turns = lambda: turns.randrange(3)
        self.clock = ManualClock(NOW)
        self.outbox = InMemoryOutbox()
        self.stored = InMemoryConversionRepository(self.outbox)
        self.files = InMemoryMediaStore(self.clock)
        self.faults = Faults(self.take_turns)
        self.conversions = UnreliableConversions(self.stored, self.faults)
        self.media = UnreliableMedia(self.files, self.faults)
        self.feed = UnreliableFeed(InMemoryUpdateFeed(), self.faults)
        self.requests, self.outcomes, self.confirmations = Queue(), Queue(), Queue()
        self.lost_outcomes = False
        self.verified = InMemoryVerifiedAddresses()
        self.ledger = InMemoryAudioLedger()
        self.user_quotas = InMemoryUserQuotas()
        self.mailer = _Mailer()
        self.deliveries: list[Delivery] = []
        self.arriving: list[ArrivingVideo] = []
        self.accepted: dict[ConversionId, Caller] = {}
        self._outcomes: dict[EventId, Event] = {}
        self._decoded = 0
        shared = {"clock": self.clock, "broker": _Broker(self)}
        conversions = {
            **shared,
            "feed": self.feed,
            "verified": self.verified,
            "ledger": self.ledger,
            **POLICIES,
        }
        self._gateway = gateway.build(
            GATEWAY,
            {
                **conversions,
                "user_quotas": self.user_quotas,
                "identifiers": SequentialIdentifiers(),
                "conversions": self.conversions,
                "media": self.media,
                "growing": InMemoryGrowingMedia(self.files, self.clock),
                "outbox": self.outbox,
            },
        )
        self._use_cases = self._gateway.use_cases()
        self._converter = {**conversions, "inspector": InMemoryVideoInspector()}
        post_office = {
            **shared,
            "composer": _Composer(),
            "mailer": self.mailer,
            "delivery_log": InMemoryDeliveryLog(),
            "mails": InMemoryHourlyMails(),
        }
        self._announce = notification.build(NOTIFICATION, post_office).use_cases().announce_outcome()

    # What users do

    async def submit(
        self,
        caller: Caller,
        parts: AsyncIterator[bytes],
        key: str | None,
        *,
        give_up_after: int | None = None,
    ) -> Conversion | None:
        """Send a video; its client may go away after so many turns."""
        upload = VideoUpload(name="talk.mp4", chunks=parts, options=AudioOptions, idempotency_key=key)
        task = asyncio.ensure_future(self._use_cases.submit_conversion()(caller, upload))
        if give_up_after is not None:
            for _ in range(give_up_after):
                await asyncio.sleep(0)
            task.cancel()
        try:
            conversion = await task
        except (DomainError, asyncio.CancelledError):
            return None
        self.accepted[conversion.id] = caller
        return conversion

    async def begin_upload(self, caller: Caller, key: str | None) -> None:
        """Begin to send a video bit by bit."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()

        async def parts() -> AsyncIterator[bytes]:
            while (part := await queue.get()) is not None:
                yield part

        self.arriving.append(ArrivingVideo(asyncio.create_task(self.submit(caller, parts(), key)), queue))

    async def cancel(self, caller: Caller, conversion_id: ConversionId) -> Conversion | None:
        """Stop a conversion."""
        return await self.try_to(self._use_cases.cancel_conversion()(caller, conversion_id))

    async def retry(self, caller: Caller, conversion_id: ConversionId) -> Conversion | None:
        """Try a conversion again."""
        return await self.try_to(self._use_cases.retry_conversion()(caller, conversion_id))

    async def delete(self, caller: Caller, conversion_id: ConversionId) -> None:
        """Delete a conversion."""
        await self.try_to(self._use_cases.delete_conversion()(caller, conversion_id))

    # What workers and the broker do

    async def begin_delivery(
        self, message: Message, *, faults: Sequence[tuple[str, bool, int]], fails: bool
    ) -> None:
        """Hand a request to a new worker, which is as far as it gets by the end of this step."""
        worker = Faults(self.take_turns)
        for fault in faults:
            plan(worker, *fault)
        extractor = InMemoryAudioExtractor()
        if fails:
            extractor.fail_next(RuntimeError("a mistake"))
        adapters = {
            **self._converter,
            "conversions": UnreliableConversions(self.stored, worker),
            "media": UnreliableMedia(self.files, worker),
            "extractor": extractor,
            "holder": f"worker-{len(self.requests.ever)}",
        }
        run = converter.build(settings.CONVERTER, adapters).use_cases().run_conversion()
        self.requests.messages.remove(message)
        task = asyncio.create_task(self._deliver("requests", run, message))
        self.deliveries.append(Delivery(message, worker, task))

    def freeze(self, delivery: Delivery) -> None:
        """Let a worker stand still until its lease is over, so that its request goes to others."""
        delivery.faults.freeze()
        self.clock.advance(ATTEMPTS.lease)
        delivery.given_up = True
        self.requests.messages.append(replace(delivery.message))

    async def finish(self, delivery: Delivery) -> None:
        """Let a worker come to its end, and settle the message."""
        self.deliveries.remove(delivery)
        delivery.faults.clear()
        self._settle(delivery, await delivery.task)

    async def shut_down(self, delivery: Delivery, *, kill: bool) -> None:
        """End a worker: friendly, or so that it can do nothing any more. Its message is redelivered."""
        self.deliveries.remove(delivery)
        delivery.faults.clear()
        delivery.faults.unreachable = kill
        delivery.task.cancel()
        try:
            outcome = await delivery.task
        except asyncio.CancelledError:
            outcome = Outcome(RetryAfter(timedelta(0), "its worker was ended"))
        self._settle(delivery, outcome)

    def _settle(self, delivery: Delivery, outcome: Outcome) -> None:
        if not delivery.given_up:
            self.requests.settle(delivery.message, outcome, self.clock.now())

    async def lose_all_requests(self) -> None:
        """A broker may lose its disk."""
        self.requests.messages.clear()

    async def lose_all_outcomes(self) -> None:
        """Neither the news nor what was answered to it is there any more."""
        self.lost_outcomes = True
        self.outcomes.messages.clear()
        self.confirmations.messages.clear()

    async def relay(self) -> None:
        """Publish what waits in the outbox."""
        await self.try_to(self._gateway.relay()())

    async def announce(self) -> None:
        """Send the mails that are due."""
        for message in self.outcomes.due(self.clock.now()):
            self.outcomes.messages.remove(message)
            outcome = await self._deliver("outcomes", self._announce, message)
            self.outcomes.settle(message, outcome, self.clock.now())
        note = self._use_cases.note_handled_outcome()
        for message in self.confirmations.due(self.clock.now()):
            self.confirmations.messages.remove(message)
            outcome = await self._deliver("confirmations", note, message)
            self.confirmations.settle(message, outcome, self.clock.now())

    async def _deliver(self, queue: str, handler: EventHandler, message: Message) -> Outcome:
        subscription = Subscription(queue=queue, event_types=tuple(EVENT_TYPES.values()))
        return await DeliverEvent(subscription, handler, RedeliveryPolicy())(
            message.event, failures=message.failures
        )

    # What keeps order

    async def expire(self) -> None:
        """End what has outlived its time."""
        await self.try_to(self._use_cases.expire_conversions()())

    async def sweep(self) -> None:
        """Delete files that nobody needs."""
        await self.try_to(self._use_cases.sweep_media()())

    async def request_stalled(self) -> None:
        """Announce again what stands still."""
        await self.try_to(self._use_cases.request_stalled_conversions()())

    async def announce_unconfirmed(self) -> None:
        """Announce again what nobody has confirmed."""
        await self.try_to(self._use_cases.announce_unconfirmed_outcomes()())

    async def settle(self) -> None:
        """Be fair: nothing breaks any more, everybody comes to an end, and everything is delivered."""
        self.faults.clear()
        for arriving in self.arriving:
            arriving.task.cancel()
        await asyncio.gather(*(arriving.task for arriving in self.arriving), return_exceptions=True)
        self.arriving.clear()
        # Those that stand still wake up when others have gone on without them.
        await self._deliver_all()
        for delivery in tuple(self.deliveries):
            await self.finish(delivery)
        for _ in range(3):
            while self.requests.messages or await self.outbox.pending(limit=1):
                await self._deliver_all()
                self.clock.advance(ATTEMPTS.longest_delay)
            # What nobody knows of any more is found now.
            self.clock.advance(RETENTION.stalled + ATTEMPTS.longest_delay + ATTEMPTS.lease)
            await self.request_stalled()
        self.clock.advance(timedelta(hours=2))
        await self.announce_unconfirmed()
        while self.outcomes.messages or self.confirmations.messages:
            await self.announce()
            self.clock.advance(RedeliveryPolicy().longest_delay)
        await self.expire()

    async def _deliver_all(self) -> None:
        await self.relay()
        for message in self.requests.due(self.clock.now()):
            await self.begin_delivery(message, faults=(), fails=False)
            await self.finish(self.deliveries[-1])
        await self.relay()
        await self.announce()

    # What there is to see

    def everything(self) -> dict[ConversionId, Conversion]:
        """Give every stored conversion."""
        found: dict[ConversionId, Conversion] = {}
        for caller in self._callers:
            owned = at_once(self.stored.list_owned(caller.user_id, limit=10_000))
            found |= {conversion.id: conversion for conversion in owned}
        return found

    def media_ids(self) -> set[MediaId]:
        """Give the id of every stored file."""

        async def listed() -> set[MediaId]:
            everything = self.files.list_stored_before(NOW + timedelta(days=100_000))
            return {stored.id async for stored in everything}

        return at_once(listed())

    def knows_a_request_for(self, conversion: Conversion) -> bool:
        """Tell whether a request for a conversion was ever announced, published or not."""
        announced = (*at_once(self.outbox.pending(limit=10_000)), *map(decode_event, self.requests.ever))
        return any(
            isinstance(event, ConversionRequested) and event.conversion_id == conversion.id
            for event in announced
        )

    def outcomes_so_far(self) -> list[ConversionCompleted | ConversionFailed]:
        """Give every outcome that was ever announced, published or not, once."""
        for text in self.outcomes.ever[self._decoded :]:
            event = decode_event(text)
            self._outcomes[event.id] = event
        self._decoded = len(self.outcomes.ever)
        waiting = {event.id: event for event in at_once(self.outbox.pending(limit=10_000))}
        events = {**self._outcomes, **waiting}.values()
        return [event for event in events if isinstance(event, ConversionCompleted | ConversionFailed)]

    @staticmethod
    async def try_to(work: Coroutine[Any, Any, _Result]) -> _Result | None:
        """Do something that may be refused, or fail as something is down just then."""
        try:
            return await work
        except DomainError:
            return None


def at_once(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Ask what is kept in memory, without anybody else getting a turn."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast("_Result", end.value)
    raise AssertionError("what is kept in memory needs no waiting")


def plan(faults: Faults, call: str, confirmation_only: bool, skipped: int) -> None:  # noqa: FBT001  # drawn as a tuple
    """Plan that a call fails, or only its confirmation gets lost, after some calls that work."""

    async def fine() -> None:
        """Let a call through."""

    acts = [fine] * skipped + [raising(down())]
    (faults.after if confirmation_only else faults.before)(call, *acts)


async def in_parts(video: bytes, *, broken_off: bool = False) -> AsyncIterator[bytes]:
    """Send a video in two parts; the client may go away in between."""
    half = len(video) // 2
    yield video[:half]
    if broken_off:
        raise ServiceUnavailableError("the network", "the client went away")
    yield video[half:]


TERMINAL = frozenset(state for state in ConversionState if not state.is_active)
