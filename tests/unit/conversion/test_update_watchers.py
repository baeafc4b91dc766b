from tests.contracts.examples import ADA, BOB, conversion_id
from tests.contracts.update_feed import an_update, take
from tracklift_domain.conversion.watching.update_watchers import UpdateWatchers
from tracklift_domain.extraction.progress import Progress


async def test_a_watcher_keeps_as_many_updates_as_the_feed_was_made_for() -> None:
    watchers = UpdateWatchers(longest_queue=3)
    async with watchers.subscribe(ADA) as updates:
        for number in range(10):
            watchers.tell(an_update(number))

        assert await take(updates, 3) == [an_update(7), an_update(8), an_update(9)]


async def test_watchers_that_left_are_not_remembered() -> None:
    watchers = UpdateWatchers()

    for _ in range(100):
        async with watchers.subscribe(ADA), watchers.subscribe(BOB):
            pass

    assert watchers.watched == set()


async def test_of_too_many_conversions_those_longest_without_news_are_forgotten() -> None:
    watchers = UpdateWatchers(most_remembered=2)
    for number in (1, 2, 1, 3):
        watchers.tell(an_update(number, fraction=number / 10))

    assert watchers.latest_progress(conversion_id(1)) == Progress(0.1, 60.0)
    assert watchers.latest_progress(conversion_id(2)) is None
    assert watchers.latest_progress(conversion_id(3)) == Progress(0.3, 60.0)


async def test_progress_of_conversions_that_ended_is_not_kept() -> None:
    watchers = UpdateWatchers()
    for number in range(100):
        watchers.tell(an_update(number, fraction=0.5))
        watchers.tell(an_update(number))

    assert len(watchers._progress) == 0
