"""Users, workers and outages in any order: nothing accepted is lost, nothing ends twice, nothing stays behind."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from typing_extensions import override

from tests.unit.builders import ADA_CALLS, BOB_CALLS
from tests.unit.conversion.small_world import (
    RETENTION,
    TERMINAL,
    VIDEOS,
    Delivery,
    SmallWorld,
    in_parts,
    plan,
)
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed, outcome_of
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.access.caller import Caller

CALLERS = (ADA_CALLS, BOB_CALLS)
State = ConversionState
NEXT: dict[State, set[State]] = {
    State.UPLOADING: {State.QUEUED, State.CANCELLED},
    State.QUEUED: {State.CONVERTING, State.FAILED, State.CANCELLED},
    State.CONVERTING: {State.QUEUED, State.COMPLETED, State.FAILED, State.CANCELLED},
    State.COMPLETED: {State.EXPIRED},
    State.FAILED: {State.QUEUED},
    State.CANCELLED: set(),
    State.EXPIRED: set(),
}

callers = st.sampled_from(CALLERS)
# The more common a value, the more often it stands here.
videos = st.sampled_from(["talk"] * 6 + sorted(VIDEOS))
keys = st.sampled_from([None, None, None, "one key", "another key"])
seldom = st.sampled_from([False, False, False, True])
storage_calls = st.sampled_from(
    ["add", "get", "replace", "remove", "write", "open_seekable", "delete", "list_due", "broker"]
)
faults = st.tuples(storage_calls, st.booleans(), st.integers(0, 2))
indices = st.integers(0, 50)
turns = st.integers(0, 40)
ends_of_workers = st.sampled_from(
    ["finish"] * 2 + ["be overtaken"] * 2 + ["go on", "kill", "shut down", "freeze"]
)
sends = st.sampled_from(["half", "half", "end", "end", "go away"])


async def take_turns(count: int) -> None:
    """Let everybody go on who is at work."""
    for _ in range(count):
        await asyncio.sleep(0)


def reachable(before: State, after: State) -> bool:
    """Tell whether a conversion may get from one state to another, in as many steps as it likes."""
    seen, ahead = {before}, [before]
    while ahead:
        for state in NEXT[ahead.pop()] - seen:
            seen.add(state)
            ahead.append(state)
    return after in seen


class LifeOfConversions(RuleBasedStateMachine):
    conversions = Bundle("conversions")

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.world = SmallWorld(CALLERS, seed)
        self.seen: dict[ConversionId, Conversion] = {}
        self.removed: set[ConversionId] = set()
        self.may_be_removed: set[ConversionId] = set()
        self.retries: Counter[ConversionId] = Counter()

    @override
    def teardown(self) -> None:
        try:
            self.everything_settles()
        finally:
            self.loop.close()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something, while everybody else who is at work goes on as well."""
        return self.loop.run_until_complete(work)

    # Users

    @rule(
        target=conversions,
        caller=callers,
        video=videos,
        key=keys,
        broken_off=seldom,
        give_up_after=st.none() | st.none() | turns,
    )
    def submit(
        self, caller: Caller, video: str, key: str | None, *, broken_off: bool, give_up_after: int | None
    ) -> Any:
        before = set(self.world.everything())
        accepted = self.do(
            self.world.submit(
                caller,
                in_parts(VIDEOS[video], broken_off=broken_off),
                key,
                give_up_after=give_up_after,
            )
        )
        if accepted is None:
            # A client that goes away may have been accepted already.
            return multiple(*sorted(set(self.world.everything()) - before))
        if accepted.id not in before:
            assert video in {"talk", "silent", "garbage"}
            assert not broken_off
            assert self.world.knows_a_request_for(accepted)
        return accepted.id

    @rule(target=conversions, caller=callers, key=keys, index=indices, act=sends)
    def send_a_video_bit_by_bit(self, caller: Caller, key: str | None, index: int, act: str) -> Any:
        if not self.world.arriving:
            self.do(self.world.begin_upload(caller, key))
            return multiple()
        arriving = self.world.arriving[index % len(self.world.arriving)]
        if act == "half":
            arriving.send_half()
            return multiple()
        self.world.arriving.remove(arriving)
        if act == "go away":
            arriving.task.cancel()
        else:
            arriving.send_rest()

        async def end() -> Conversion | None:
            await asyncio.wait({arriving.task})
            return None if arriving.task.cancelled() else arriving.task.result()

        accepted = self.do(end())
        return multiple() if accepted is None else accepted.id

    @rule(conversion_id=conversions, caller=callers, act=st.sampled_from(["cancel", "retry", "delete"]))
    def act_as_a_user(self, conversion_id: ConversionId, caller: Caller, act: str) -> None:
        stored = self.world.everything().get(conversion_id)
        if act == "delete" and stored is not None and stored.owner.user_id == caller.user_id:
            self.may_be_removed.add(conversion_id)
        if act == "retry":
            self.retries[conversion_id] += 1
        self.do(getattr(self.world, act)(caller, conversion_id))

    # Workers and the broker

    @rule(
        index=indices,
        again=seldom,
        planned=st.lists(faults, max_size=2),
        fails=seldom,
        count=turns,
        end=ends_of_workers,
    )
    def hand_a_request_to_a_worker(
        self,
        index: int,
        planned: list[tuple[str, bool, int]],
        count: int,
        end: str,
        *,
        again: bool,
        fails: bool,
    ) -> None:
        self.do(self.world.relay())
        if again and self.world.requests.ever:
            # A broker may deliver anything again, however old.
            old = self.world.requests.ever[index % len(self.world.requests.ever)]
            self.world.requests.put(old, self.world.clock.now())
        due = self.world.requests.due(self.world.clock.now())
        if due:
            message = due[-1 if again else index % len(due)]
            self.do(self.world.begin_delivery(message, faults=planned, fails=fails))
            self.do(take_turns(count))
            self.decide_on(self.world.deliveries[-1], end, count)

    @precondition(lambda self: self.world.deliveries)
    @rule(index=indices, end=ends_of_workers, count=turns)
    def something_becomes_of_a_worker(self, index: int, end: str, count: int) -> None:
        self.decide_on(self.world.deliveries[index % len(self.world.deliveries)], end, count)

    def decide_on(self, delivery: Delivery, end: str, count: int) -> None:
        match end:
            case "finish":
                self.do(self.world.finish(delivery))
            case "freeze":
                self.world.freeze(delivery)
            case "be overtaken":
                self.world.freeze(delivery)
                self.do(self.world.begin_delivery(self.world.requests.messages[-1], faults=(), fails=False))
                self.do(take_turns(count))
                self.do(self.world.finish(delivery))
            case "kill" | "shut down":
                self.do(self.world.shut_down(delivery, kill=end == "kill"))

    @rule(
        chore=st.sampled_from(
            [
                "relay",
                "announce",
                "expire",
                "sweep",
                "request_stalled",
                "announce_unconfirmed",
                "lose_all_requests",
                "lose_all_outcomes",
            ]
        )
    )
    def do_a_chore(self, chore: str) -> None:
        if chore == "expire":
            self.let_go_of_what_is_due()
        self.do(getattr(self.world, chore)())

    # Time and outages

    @rule(
        happens=faults | st.sampled_from([1, 20, 40, 130, 300, 3_700, 8 * 86_400, 31 * 86_400]), count=turns
    )
    def something_breaks_or_time_passes(self, happens: tuple[str, bool, int] | int, count: int) -> None:
        if isinstance(happens, int):
            self.world.clock.advance(timedelta(seconds=happens))
        else:
            plan(self.world.faults, *happens)
        self.do(take_turns(count))

    def everything_settles(self) -> None:
        # Expiring belongs to it, hours later.
        self.let_go_of_what_is_due(timedelta(days=1))
        self.do(self.world.settle())
        self.world.clock.advance(RETENTION.orphan * 2)
        self.do(self.world.sweep())
        self.nothing_is_out_of_order()
        stored, files = self.world.everything(), self.world.media_ids()
        assert all(conversion.state in TERMINAL for conversion in stored.values()), "one is stuck"
        lost = self.world.accepted.keys() - stored.keys() - self.removed
        assert not lost, "accepted conversions are lost"
        needed = {
            media_id
            for conversion in stored.values()
            for media_id in (conversion.source_media_id, conversion.audio_media_id(conversion.attempt))
            if conversion.needs(media_id)
        }
        assert files == needed
        outcomes = self.world.outcomes_so_far()
        announced = Counter(event.id for event in outcomes)
        if self.world.lost_outcomes:
            # An outcome that was lost and then retried, deleted or expired is news no more.
            assert self.world.mailer.sent <= announced
            last = {outcome_of(one).id for one in stored.values() if one.state.is_outcome}
            assert last <= self.world.mailer.sent.keys(), "each last outcome has one mail"
        else:
            assert self.world.mailer.sent == announced, "each outcome has one mail"
        assert [one for one in stored.values() if one.unconfirmed_since] == [], "one is not confirmed"

    def let_go_of_what_is_due(self, span: timedelta = timedelta(0)) -> None:
        """Note what may be removed as its time is over."""
        for conversion in self.world.everything().values():
            in_time = conversion.expires_at is None or conversion.expires_at > self.world.clock.now() + span
            if not in_time and conversion.state is not State.COMPLETED:
                self.may_be_removed.add(conversion.id)

    # What always holds

    @invariant()
    def nothing_is_out_of_order(self) -> None:
        stored = self.world.everything()
        for conversion in stored.values():
            before = self.seen.get(conversion.id)
            if before is not None:
                assert conversion.revision >= before.revision
                assert conversion.attempt >= before.attempt
                confirmed = replace(before, unconfirmed_since=conversion.unconfirmed_since)
                assert conversion.revision > before.revision or conversion == confirmed
                assert reachable(before.state, conversion.state)
            assert conversion.id not in self.removed, "what is removed never comes back"
        gone = self.seen.keys() - stored.keys() - self.removed
        assert not {
            conversion_id
            for conversion_id in gone & self.world.accepted.keys()
            if conversion_id not in self.may_be_removed
        }, "nobody deleted it, and its time was not over"
        self.removed |= gone
        self.seen = {**self.seen, **stored}

    @invariant()
    def files_that_are_needed_are_there(self) -> None:
        stored, files = self.world.everything(), self.world.media_ids()
        for conversion in stored.values():
            if conversion.state in {State.QUEUED, State.CONVERTING} or conversion.is_retryable:
                assert conversion.source_media_id in files
            if conversion.state is State.COMPLETED:
                assert conversion.audio is not None
                assert conversion.audio.media_id == conversion.audio_media_id(conversion.attempt)
                assert conversion.audio.media_id in files

    @invariant()
    def every_outcome_is_announced_and_none_twice(self) -> None:
        outcomes = self.world.outcomes_so_far()
        announced = {(type(event), event.conversion_id) for event in outcomes}
        for conversion in self.world.everything().values():
            if conversion.state in {State.COMPLETED, State.EXPIRED}:
                assert (ConversionCompleted, conversion.id) in announced
            if conversion.state is State.FAILED:
                assert (ConversionFailed, conversion.id) in announced
        completions = Counter(
            event.conversion_id for event in outcomes if isinstance(event, ConversionCompleted)
        )
        assert all(count == 1 for count in completions.values())
        ends = Counter(event.conversion_id for event in outcomes)
        assert all(count <= 1 + self.retries[conversion_id] for conversion_id, count in ends.items())
        assert all(count == 1 for count in self.world.mailer.sent.values())


LifeOfConversions.TestCase.settings = settings(stateful_step_count=60)
TestLifeOfConversions = LifeOfConversions.TestCase
