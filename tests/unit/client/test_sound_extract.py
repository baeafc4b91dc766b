"""A sound extract holds the sound's samples in a smaller MP4, and any range of it can be read at any time."""

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from tests.media.boxes import aac_entry, box, full_box
from tests.media.chapter_boxes import references
from tests.media.extract_files import (
    MORE_SOUND,
    PICTURES,
    SOUND,
    TAGS,
    TITLES,
    heard,
    index_behind,
    index_in_front,
    pictures,
    recording,
    shown,
    sound,
    titles,
)
from tests.media.extract_vectors import VECTORS
from tests.media.reshaping import Video
from tracklift_client.sound_extract.errors import NoExtractError, Reason
from tracklift_client.sound_extract.extract import SoundExtract
from tracklift_client.sound_extract.extract_plan import Copied, Own

EXTRACTED = [name for name in VECTORS if not name.startswith("refused-")]


def extract(content: bytes) -> bytes:
    made = SoundExtract(io.BytesIO(content))
    return made.read(0, made.size)


def samples_of(content: bytes, track_id: int) -> list[bytes]:
    """Give a track's samples, found by its tables."""
    found = Video.read(content).sound_with(track_id)
    return [content[offset : offset + size] for offset, size in zip(found.offsets, found.sizes, strict=True)]


class TestContent:
    def test_has_the_samples_of_all_sound_and_no_pictures(self) -> None:
        seen, one, other = pictures(), sound(), sound(MORE_SOUND, [50, 1, 50])
        made = extract(index_behind(seen, one, other))

        assert [track.number for track in Video.read(made).tracks] == [SOUND, MORE_SOUND]
        assert samples_of(made, SOUND) == one.samples
        assert samples_of(made, MORE_SOUND) == other.samples
        assert not any(sample in made for sample in seen.samples)

    def test_has_the_index_in_front_and_the_media_in_the_order_of_the_file(self) -> None:
        one, other = sound(), sound(MORE_SOUND, [50, 1, 50])
        made = Video.read(extract(index_behind(pictures(), one, other)))

        assert [part.kind for part in made.parts] == [b"ftyp", b"moov", b"mdat"]
        chunks = [one.chunks[0], other.chunks[0], one.chunks[1], other.chunks[1], one.chunks[2]]
        assert made.parts[2].payload == b"".join(chunks)

    def test_is_the_same_wherever_the_index_was(self) -> None:
        assert extract(index_behind(pictures(), sound())) == extract(index_in_front(pictures(), sound()))

    def test_joins_chunks_that_follow_each_other(self) -> None:
        """Where pictures lay between them: their tables would take more than the sound allows."""
        one = sound()
        found = Video.read(extract(index_behind(pictures(), one))).sound()

        assert len(found.chunks) == 1
        assert found.table.find(b"stsc").payload[4:] == struct.pack(">IIII", 1, 1, len(one.samples), 1)

    def test_joins_no_chunks_of_different_descriptions(self) -> None:
        runs = full_box(b"stsc", struct.pack(">IIIIIII", 2, 1, 2, 1, 2, 2, 2))
        two = sound(stsc=runs, stsd=full_box(b"stsd", struct.pack(">I", 2), aac_entry(), aac_entry()))
        found = Video.read(extract(index_behind(pictures(), two))).sound()

        assert found.table.find(b"stsc").payload[4:] == struct.pack(">IIIIIII", 2, 1, 2, 1, 2, 4, 2)

    def test_leaves_chunks_of_single_samples_as_they_are(self) -> None:
        """Readers make packets of them."""
        whole = VECTORS["quicktime"]()
        before, after = (Video.read(each).sound() for each in (whole, extract(whole)))

        assert len(after.chunks) == len(before.chunks) == 3

    def test_has_bytes_that_two_chunks_share_once(self) -> None:
        made = extract(VECTORS["out-of-order"]())

        assert len(Video.read(made).parts[2].payload) == 40 * 4 + 30

    def test_has_tags_cover_and_chapters(self) -> None:
        made = extract(
            index_behind(
                pictures(references=references(TITLES)), sound(), titles("Begin", "End"), user_data=TAGS
            )
        )

        assert TAGS in made
        assert samples_of(made, TITLES) == titles("Begin", "End").samples

    def test_names_the_chapters_in_its_first_track_whichever_named_them(self) -> None:
        made = Video.read(
            extract(index_behind(pictures(references=references(9, TITLES)), sound(), titles("A")))
        )

        assert made.sound().box.find(b"tref").payload == references(TITLES)[8:]

    def test_has_no_references_to_tracks_that_are_left_out(self) -> None:
        made = extract(index_behind(pictures(), sound(references=references(PICTURES, kind=b"sync"))))

        assert b"tref" not in made

    def test_has_edit_lists_as_they_were(self) -> None:
        whole = index_behind(pictures(), sound())
        before, after = (Video.read(each).sound().box.find(b"edts") for each in (whole, extract(whole)))

        assert after.written() == before.written()

    def test_begins_without_a_type_where_the_file_did(self) -> None:
        """As old QuickTime files do."""
        assert extract(VECTORS["quicktime"]())[4:8] == b"moov"

    def test_has_fragments_of_the_sound_alone(self) -> None:
        made = Video.read(extract(recording([shown(), heard()], [heard(3072), shown(40)], [shown(80)])))

        assert [part.kind for part in made.parts] == [b"ftyp", b"moov", b"moof", b"mdat", b"moof", b"mdat"]
        assert [part.payload for part in made.parts if part.kind == b"mdat"] == [
            heard().data(1),
            heard().data(2),
        ]

    @pytest.mark.parametrize("flags", [0, 1, 0x20000])
    def test_names_the_data_of_a_fragment_relative_to_it(self, flags: int) -> None:
        """Whatever the base was: the data of the part before, a place in the file, or the fragment."""
        content = extract(recording([shown(flags=flags or 1), heard(flags=flags)]))
        part = next(Video.read(content).fragments(2))
        header, run = part.find(b"tfhd").payload, part.find(b"trun").payload

        assert struct.unpack_from(">I", header)[0] & 0x20001 == 0x20000
        (offset,) = struct.unpack_from(">i", run, 8)
        start = content.index(b"moof") - 4 + offset
        assert content[start : start + 58] == heard().data(1)

    def test_marks_the_time_at_which_pictures_begin_in_front_of_the_sound(self) -> None:
        """As players wait for the sound then."""
        made = Video.read(extract(recording([shown(500), heard(44100)], [shown(540), heard(47172)])))

        assert [track.handler for track in made.tracks] == [b"meta", b"soun"]
        (marker,) = made.fragments(1)
        assert marker.find(b"tfdt").payload[4:] == (500).to_bytes(8)

    def test_marks_nothing_where_sound_begins_as_early(self) -> None:
        made = Video.read(extract(recording([shown(1000), heard(44100)])))

        assert [track.handler for track in made.tracks] == [b"soun"]

    def test_is_no_further_reduced(self) -> None:
        """There is nothing to leave out of an extract."""
        with pytest.raises(NoExtractError) as raised:
            extract(extract(index_behind(pictures(), sound())))

        assert raised.value.reason is Reason.NOT_SMALLER


class TestReading:
    @pytest.mark.one_in(4)
    @pytest.mark.parametrize("name", EXTRACTED)
    # Of each file; all together these are more than of other tests.
    @settings(max_examples=settings().max_examples // 5)
    @given(places=st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 2500)), max_size=20))
    def test_gives_any_range_in_any_order(self, name: str, places: list[tuple[int, int]]) -> None:
        made = SoundExtract(io.BytesIO(VECTORS[name]()))
        whole = made.read(0, made.size)

        assert len(whole) == made.size
        for offset, length in places:
            assert made.read(offset, length) == whole[offset : offset + length]

    @pytest.mark.parametrize("name", EXTRACTED)
    def test_consists_of_parts_that_lie_one_behind_the_other(self, name: str) -> None:
        content = VECTORS[name]()
        made = SoundExtract(io.BytesIO(content))

        parts = [
            part.data if isinstance(part, Own) else content[part.offset : part.offset + part.length]
            for part in made.plan.parts()
        ]

        assert b"".join(parts) == made.read(0, made.size)

    def test_copies_each_range_of_the_file_as_one_part(self) -> None:
        """So that a long recording has a short plan."""
        made = SoundExtract(io.BytesIO(index_behind(sound(), pictures(count=1))))

        copied = [part for part in made.plan.parts() if isinstance(part, Copied)]
        assert len(copied) == 2

    def test_reads_from_a_file_that_gives_little_at_a_time(self) -> None:
        class SlowFile(io.BytesIO):
            @override
            def read(self, size: int | None = -1, /) -> bytes:
                return super().read(min(3, size) if size is not None and size >= 0 else 3)

        content = index_behind(pictures(), sound())
        made = SoundExtract(SlowFile(content))

        assert made.read(0, made.size) == extract(content)

    def test_fails_where_the_file_became_shorter(self) -> None:
        """It gives no bytes that are not the file's."""
        video = io.BytesIO(index_in_front(pictures(), sound()))
        made = SoundExtract(video)
        video.truncate(made.size)

        with pytest.raises(OSError, match="shorter"):
            made.read(0, made.size)


class TestLargeFiles:
    """Files with holes, which take no room on the disk."""

    GIGABYTE = 2**30

    def large(self, folder: Path, *, sound_bytes: int) -> Path:
        """Build 6 GiB of pictures, and sound behind them in chunks of a MiB each."""
        count, start = sound_bytes // 2**20, 6 * self.GIGABYTE
        laid = sound(
            sizes=[],
            stts=full_box(b"stts", struct.pack(">III", 1, count, 1024)),
            stsz=full_box(b"stsz", struct.pack(">II", 2**20, count)),
            stsc=full_box(b"stsc", struct.pack(">IIII", 1, 1, 1, 1)),
            stco=full_box(
                b"co64",
                struct.pack(">I", count),
                *(struct.pack(">Q", start + number * 2**20) for number in range(count)),
            ),
        )
        path = folder / "large.mp4"
        head = index_behind(laid, kind=b"")[8:]
        head = box(b"ftyp", b"isom\0\0\2\0isom") + head + struct.pack(">I4s", 0, b"mdat")
        with path.open("wb") as file:
            file.write(head)
            file.seek(start)
            file.write(b"sound")
            file.truncate(start + sound_bytes)
        return path

    def test_reads_behind_the_first_four_gibibytes(self, tmp_path: Path) -> None:
        with self.large(tmp_path, sound_bytes=2**20).open("rb") as video:
            made = SoundExtract(video)

            assert 2**20 < made.size < 2**20 + 2000
            assert made.read(made.size - 2**20, 5) == b"sound"
            assert b"stco" in made.read(0, made.size - 2**20)

    def test_writes_offsets_and_sizes_of_64_bits_where_32_are_too_few(self, tmp_path: Path) -> None:
        with self.large(tmp_path, sound_bytes=5 * self.GIGABYTE).open("rb") as video:
            made = SoundExtract(video)
            head = made.read(0, made.size - 5 * self.GIGABYTE)

            assert head.endswith(struct.pack(">I4sQ", 1, b"mdat", 5 * self.GIGABYTE + 16))
            place = head.index(b"co64") + 12
            assert struct.unpack_from(">IQ", head, place - 4) == (1, len(head))
            assert made.read(len(head), 5) == b"sound"

    def test_is_planned_from_the_index_alone(self, tmp_path: Path) -> None:
        """The media is not read, however large it is."""

        class CountedFile(io.FileIO):
            taken = 0

            @override
            def read(self, size: int | None = -1, /) -> bytes:
                data = super().read(-1 if size is None else size)
                self.taken += len(data)
                return data

        with CountedFile(str(self.large(tmp_path, sound_bytes=5 * self.GIGABYTE))) as video:
            SoundExtract(video)

            assert video.taken < 200_000
