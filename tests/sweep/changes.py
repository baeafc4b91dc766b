"""The oddities that a sweep chooses from."""

import random
from collections.abc import Callable

from tests.media.boxes import movie_extends
from tests.media.reshaping import Box, boxes
from tests.sweep.cases import Case
from tests.sweep.sounds import CODINGS, FRAGMENTS, source

_OLD_FORMS = frozenset({"pcm", "pcm-24", "ulaw", "ima"})
"""Of which the sample entry alone says what they are."""
_AFTER_PACKETS = frozenset({"ac3", "ac3-mono", "eac3"})
"""Of which ffmpeg has to see packets before it writes an index."""
_IN_QUICKTIME = frozenset(coding for coding, arguments in CODINGS.items() if "mov" in arguments)


def a_case(seed: int) -> Case:
    """Give the case of a seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    coding, pictures = chance.choice(sorted(CODINGS)), chance.random() < 0.7
    fragments = ""
    if chance.random() < 0.2 and coding not in _IN_QUICKTIME:
        fragments = chance.choice(FRAGMENTS[1:] if coding in _AFTER_PACKETS else FRAGMENTS)
    case = Case(source(coding, pictures=pictures, fragments=fragments))
    if fragments:
        case.done.append(f"fragments, {fragments}")
    changes = _OF_FRAGMENTS if fragments else _CHANGES
    for change in chance.sample(changes, chance.choice([0, 1, 1, 2, 2, 3])):
        change(case, chance)
    return case


def _pause(case: Case, chance: random.Random) -> None:
    if case.gaps or not case.has_clock or not case.has_packets:
        return
    count = len(case.sound.durations)
    case.pause(chance.randrange(count // 5, count * 4 // 5), chance.uniform(0.15, 3.0))


def _joints(case: Case, chance: random.Random) -> None:
    if case.gaps or not case.has_clock or not case.has_packets:
        return
    durations = case.sound.durations
    for packet in chance.sample(range(2, len(durations) - 1, 2), chance.choice([1, 2, 5])):
        seconds = durations[packet - 1] / case.sound.timescale
        if seconds > 0.006:
            case.join(packet, chance.uniform(0.003, seconds - 0.001))


def _pause_between_fragments(case: Case, chance: random.Random) -> None:
    fragments = list(case.video.fragments(case.sound.number))
    case.pause_between_fragments(chance.randrange(1, len(fragments)), chance.uniform(0.15, 3.0))


def _cut(case: Case, chance: random.Random) -> None:
    first = chance.uniform(0.1, 2.0)
    case.play([(first, chance.uniform(0.5, 2.5))])
    case.done.append("an edit list that cuts out a part")


def _pause_by_edit(case: Case, chance: random.Random) -> None:
    first, second = chance.uniform(0.1, 1.0), chance.uniform(0.5, 2.0)
    pause, third = chance.uniform(0.2, 2.0), chance.uniform(0.5, 1.5)
    case.play([(first, second), (None, pause), (first + second, third)])
    case.done.append("an edit list with a pause in it")


def _rearrange(case: Case, chance: random.Random) -> None:
    count = chance.randint(2, 5)
    case.play([(chance.uniform(0.1, 3.5), chance.uniform(0.2, 1.0)) for _ in range(count)])
    case.done.append("an edit list of several parts in any order")


def _play_all(case: Case, _: random.Random) -> None:
    case.play([])
    case.done.append("no edit list")


def _declare_anything(case: Case, chance: random.Random) -> None:
    for declare in (case.video.declare, case.sound.declare):
        declare(chance.choice([0.0, 0.5, 4.9, 5.1, 60.0, 40_000.0]))
    case.done.append("headers that declare another duration")


def _last_forever(case: Case, chance: random.Random) -> None:
    seconds = chance.choice([1.0, 10.0, 12_345.0])
    track = case.sound
    track.durations = [*track.durations[:-1], round(seconds * track.timescale)]
    case.has_last = False
    case.done.append(f"a last packet of {seconds} s")


def _last_nothing(case: Case, _: random.Random) -> None:
    track = case.sound
    track.durations = [*track.durations[:-1], 0]
    case.has_last = False
    case.done.append("a last packet of no duration")


def _impossible(case: Case, chance: random.Random) -> None:
    track = case.sound
    packet = chance.randrange(len(track.durations) - 1)
    if case.gaps or not case.has_packets:
        return
    value = chance.choice([0, -1, -1024, -(2**31)])
    track.change_durations(lambda number, delta: value if number == packet else delta)
    case.has_clock = case.has_last = False
    case.done.append(f"packet {packet} lasts {value}")


def _no_durations(case: Case, _: random.Random) -> None:
    if case.gaps or not case.has_packets:
        return
    if case.source.coding == "vorbis":  # Nothing would tell that its first packet has no sound.
        return
    case.sound.change_durations(lambda _number, _delta: 0)
    case.has_clock = case.has_last = False
    case.done.append("packets of no duration")


def _wrong_time_scale(case: Case, chance: random.Random) -> None:
    if case.gaps or not (case.has_clock and case.has_last and case.has_packets):
        return
    case.play([])
    factor = chance.choice([0.5, 2, 1.9, 3])
    case.sound.timescale = round(case.sound.timescale * factor)
    case.has_clock = False
    case.done.append(f"a time scale {factor} times too high")


def _lying_entry(case: Case, chance: random.Random) -> None:
    if case.source.coding in _OLD_FORMS:
        return
    channels, rate = chance.choice([1, 2, 6]), chance.choice([0, 8000, 22050, 44100, 48000])
    case.sound.describe(channels=channels, rate=rate)
    case.done.append(f"a sample entry of {channels} channels at {rate} Hz")


def _extends(case: Case, _: random.Random) -> None:
    case.video.movie.children += boxes(movie_extends(2))
    case.done.append("an mvex that was left behind")


def _junk(case: Case, chance: random.Random) -> None:
    junk = chance.choice([b"made by a camera", bytes(100), b"\0\0\0\x10junkjunk", b"TAG" + bytes(125)])
    case.video.parts.append(Box(b"free", junk))
    case.done.append("junk behind it")


def _empty_track_first(case: Case, _: random.Random) -> None:
    track = case.sound.copied(77)
    track.empty()
    case.video.put_in_front(track)
    case.done.append("an audio track without samples in front")


def _disabled_track_first(case: Case, _: random.Random) -> None:
    track = case.sound.copied(78)
    track.enable(enabled=False)
    case.video.put_in_front(track)
    case.done.append("a disabled audio track in front")


def _data_track_first(case: Case, chance: random.Random) -> None:
    track = case.sound.copied(79)
    track.handler = chance.choice([b"meta", b"data", b"tmcd"])
    track.describe(code=chance.choice([b"gpmd", b"mebx", b"tmcd", b"camm"]))
    case.video.put_in_front(track)
    case.done.append("a track of data in front")


_OF_FRAGMENTS: list[Callable[[Case, random.Random], None]] = [
    _pause_between_fragments,
    _declare_anything,
    _lying_entry,
    _junk,
    _empty_track_first,
    _disabled_track_first,
    _data_track_first,
]
_CHANGES: list[Callable[[Case, random.Random], None]] = [
    _pause,
    _joints,
    _cut,
    _pause_by_edit,
    _rearrange,
    _play_all,
    _declare_anything,
    _last_forever,
    _last_nothing,
    _impossible,
    _no_durations,
    _wrong_time_scale,
    _lying_entry,
    _extends,
    _junk,
    _empty_track_first,
    _disabled_track_first,
    _data_track_first,
]
