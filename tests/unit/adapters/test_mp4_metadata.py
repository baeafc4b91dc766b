"""The MP4 inspector finds what a video says about itself in each of the ways in which programs write it."""

import struct

import pytest
from mutagen.id3 import TCON
from typing_extensions import override

from tests.media import boxes
from tests.media.boxes import (
    TrackRecipe,
    data_value,
    metadata,
    metadata_keys,
    text_3gpp,
    text_item,
    track,
    user_text,
)
from tests.media.readers import BytesVideo
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_adapters.mp4.metadata.genres import GENRES
from tracklift_adapters.mp4.metadata.metadata_parts import MOST_PARTS
from tracklift_domain.extraction.tags import LARGEST_COVER, LONGEST_COMMENT
from tracklift_domain.extraction.video_traits import VideoTraits

MANY = 100_000
JPEG = b"\xff\xd8\xff\xe0 and so on"
PNG = b"\x89PNG\r\n\x1a\n and so on"
TITLE = text_item(b"\xa9nam", "A title")
SECONDS = 100 * 1024 / 44100


def tagged(*user_data: bytes) -> bytes:
    """Build a video with one audio track; the boxes lie behind it in the movie box."""
    recipe = TrackRecipe(chunk_offset=boxes.media_start())
    return boxes.video_file(track(recipe), user_data=b"".join(user_data))


def listed(*items: bytes) -> bytes:
    """Build a video with items as iTunes writes them."""
    return tagged(boxes.box(b"udta", metadata(*items)))


async def inspect(content: bytes) -> VideoTraits:
    found = await Mp4Inspector().inspect(BytesVideo(content))
    assert [each.duration for each in found.audio_tracks] == [SECONDS]
    return found


async def tags(content: bytes) -> dict[str, str]:
    return dict((await inspect(content)).tags)


class TestItems:
    async def test_are_found_by_the_codes_of_itunes(self) -> None:
        codes = {
            b"\xa9nam": "title",
            b"\xa9ART": "artist",
            b"\xa9alb": "album",
            b"aART": "album_artist",
            b"\xa9wrt": "composer",
            b"\xa9gen": "genre",
            b"\xa9day": "date",
            b"\xa9cmt": "comment",
            b"cprt": "copyright",
        }

        found = await tags(listed(*(text_item(code, f"Ü {name}") for code, name in codes.items())))

        assert found == {name: f"Ü {name}" for name in codes.values()}

    @pytest.mark.parametrize(
        ("value", "found"),
        [
            (data_value(bytes([0, 0, 0, 3, 0, 12, 0, 0]), 0), {"track": "3/12"}),
            (data_value(bytes([0, 0, 1, 3, 0, 0]), 0), {"track": "259"}),
            (data_value(b"3/12"), {"track": "3/12"}),
            (data_value(bytes(8), 0), {}),
            (data_value(bytes([0, 0, 0, 3]), 0), {}),
            (data_value(b"\xff", 1), {}),
            (data_value(b"\3", 21), {"track": "3"}),
            (data_value(b"\0\0\0\3", 22), {"track": "3"}),
            (data_value(b"\xff", 21), {}),
        ],
    )
    async def test_tell_the_track_in_numbers(self, value: bytes, found: dict[str, str]) -> None:
        assert await tags(listed(boxes.box(b"trkn", value))) == found

    async def test_may_be_written_in_utf_16(self) -> None:
        value = data_value("日本 🎵 🎵".encode("utf-16-be"), 2)

        assert await tags(listed(boxes.box(b"\xa9nam", value))) == {"title": "日本 🎵 🎵"}

    @pytest.mark.parametrize(
        ("value", "found"),
        [
            (b"Plain", {"title": "Plain"}),
            ("Größe 🎵\0".encode(), {"title": "Größe 🎵"}),
            ("\ufeff日本 🎵".encode("utf-16-be"), {"title": "日本 🎵"}),
            ("\ufeff日本 🎵".encode("utf-16-le"), {"title": "日本 🎵"}),
            ("\ufeffUTF-8".encode(), {"title": "UTF-8"}),
            (b"(17)", {"title": "(17)"}),
            (b"\xff\xd8 no text", {}),
            (b"\xfe\xff\0", {}),
            (b"\0\0", {}),
            (b"", {}),
        ],
    )
    async def test_may_be_texts_of_which_only_the_item_says_so(
        self, value: bytes, found: dict[str, str]
    ) -> None:
        assert await tags(listed(boxes.box(b"\xa9nam", data_value(value, 0)))) == found

    @pytest.mark.parametrize(
        ("value", "found"),
        [
            (data_value(b"\x07\xe8", 21), {"date": "2024"}),
            (data_value(b"\0\0\x07\xe8", 22), {"date": "2024"}),
            (data_value(bytes(6) + b"\x07\xe8", 21), {"date": "2024"}),
            (data_value(bytes(7) + b"\x07\xe8", 21), {}),
            (data_value(b"\xff\xff", 21), {}),
            (data_value(b"\0", 21), {}),
            (data_value(b"", 21), {}),
            (data_value(b"2024-05", 0), {"date": "2024-05"}),
        ],
    )
    async def test_tell_the_year_as_an_integer(self, value: bytes, found: dict[str, str]) -> None:
        assert await tags(listed(boxes.box(b"\xa9day", value))) == found

    @pytest.mark.parametrize(
        ("value", "found"),
        [
            (data_value(b"\0\x12", 0), {"genre": "Rock"}),
            (data_value(b"\0\1", 0), {"genre": "Blues"}),
            (data_value(b"\0\xc0", 0), {"genre": "Psybient"}),
            (data_value(b"\x12", 21), {"genre": "Rock"}),
            (data_value(b"\0\0\0\x12", 22), {"genre": "Rock"}),
            (data_value(b"\0\0", 0), {}),
            (data_value(b"\0\xc1", 0), {}),
            (data_value(b"\xff\xff", 21), {}),
            (data_value(b"", 0), {}),
            (data_value(b"Rock and Roll", 0), {}),
            (data_value(b"Rock", 1), {}),
        ],
    )
    async def test_tell_the_genre_by_its_number(self, value: bytes, found: dict[str, str]) -> None:
        assert await tags(listed(boxes.box(b"gnre", value))) == found

    async def test_tell_the_genre_by_its_name_where_there_is_one(self) -> None:
        number, name = boxes.box(b"gnre", data_value(b"\0\x12", 0)), text_item(b"\xa9gen", "(17)")
        plain = boxes.box(b"udta", metadata(number), user_text(b"\xa9gen", b"Polka"))

        assert await tags(listed(number, name)) == {"genre": "(17)"}
        assert await tags(listed(name, number)) == {"genre": "(17)"}
        assert await tags(tagged(plain)) == {"genre": "Polka"}

    def test_number_the_genres_as_other_programs_do(self) -> None:
        assert list(GENRES) == TCON.GENRES

    @pytest.mark.parametrize("full", [True, False])
    @pytest.mark.parametrize("inside", [True, False])
    async def test_are_found_by_the_names_of_quicktime(self, *, full: bool, inside: bool) -> None:
        keys = [
            "com.apple.quicktime.location.ISO6709",
            "com.apple.quicktime.title",
            "com.apple.quicktime.author",
            "com.apple.quicktime.year",
            "com.apple.quicktime." + "x" * 100,
            "comment",
            "com.apple.quicktime.artwork",
        ]
        values = ["+52.5+013.4/", "A title", "Ada", "2024", "long", "A comment"]
        items = [
            boxes.box(struct.pack(">I", number), boxes.box(b"itif", bytes(4)), data_value(value.encode()))
            for number, value in enumerate(values, start=1)
        ]
        items.append(boxes.box(struct.pack(">I", 7), data_value(PNG, 14)))
        meta = metadata(*items, handler=b"mdta", keys=metadata_keys(*keys), full=full)

        found = await inspect(tagged(boxes.box(b"udta", meta) if inside else meta))

        assert dict(found.tags) == {
            "title": "A title",
            "artist": "Ada",
            "date": "2024",
            "comment": "A comment",
        }
        assert found.cover is not None

    async def test_count_before_those_that_come_later(self) -> None:
        content = tagged(
            boxes.box(b"udta", user_text(b"\xa9nam", b"third"), user_text(b"\xa9alb", b"An album")),
            metadata(text_item(b"\xa9nam", "second"), text_item(b"\xa9ART", "Ada")),
        )
        assert await tags(content) == {"title": "second", "artist": "Ada", "album": "An album"}

        assert await tags(listed(text_item(b"\xa9nam", " "), TITLE, text_item(b"\xa9nam", "third"))) == {
            "title": "A title"
        }

    async def test_of_other_names_are_left_out(self) -> None:
        others = [text_item(code, "text") for code in (b"\xa9too", b"\xa9xyz", b"desc", b"----", bytes(4))]

        assert await tags(listed(*others)) == {}


class TestUserData:
    async def test_is_found_as_quicktime_writes_it(self) -> None:
        content = tagged(
            boxes.box(
                b"udta",
                user_text(b"\xa9nam", "Grüße".encode()),
                user_text(b"\xa9ART", "Grüße".encode("mac_roman"), language=2),
                user_text(b"\xa9alb", "\ufeffGrüße".encode("utf-16-be")),
                user_text(b"\xa9cpy", b"2024 Ada"),
                user_text(b"\xa9xyz", b"+52.5+013.4/"),
                user_text(b"\xa9gen", "日本語".encode("shift_jis"), language=11),
                boxes.full_box(b"cprt", b"\x55\xc4of another form\0"),
                bytes(4),
            )
        )

        assert await tags(content) == {
            "title": "Grüße",
            "artist": "Grüße",
            "album": "Grüße",
            "copyright": "2024 Ada",
        }

    @pytest.mark.parametrize("payload", [b"", b"\0\1\x55", b"\0\0\x55\xc4", b"\0\2\x55\xc4\xff\xff"])
    async def test_is_left_out_where_it_is_broken(self, payload: bytes) -> None:
        content = tagged(boxes.box(b"udta", boxes.box(b"\xa9nam", payload), user_text(b"\xa9ART", b"Ada")))

        assert await tags(content) == {"artist": "Ada"}

    async def test_ends_with_its_box(self) -> None:
        text = boxes.box(b"\xa9nam", struct.pack(">HH", 0xFFFF, 0x55C4), b"A title")

        assert await tags(tagged(boxes.box(b"udta", text, user_text(b"\xa9ART", b"Ada")))) == {
            "title": "A title",
            "artist": "Ada",
        }


class TestUserDataOf3gpp:
    async def test_is_found(self) -> None:
        content = tagged(
            boxes.box(
                b"udta",
                text_3gpp(b"titl", "Título"),
                text_3gpp(b"auth", "Autora"),
                text_3gpp(b"perf", "Artista 🎵", encoding="utf-16-be"),
                text_3gpp(b"albm", "Álbum", b"\x07"),
                text_3gpp(b"gnre", "Pop"),
                text_3gpp(b"dscp", "Descripción", encoding="utf-16-le"),
                text_3gpp(b"cprt", "2004 Nadie"),
                boxes.full_box(b"yrrc", struct.pack(">H", 2004)),
            )
        )

        assert await tags(content) == {
            "title": "Título",
            "artist": "Artista 🎵",
            "album": "Álbum",
            "track": "7",
            "genre": "Pop",
            "comment": "Descripción",
            "copyright": "2004 Nadie",
            "date": "2004",
        }

    async def test_names_the_author_where_it_names_no_performer(self) -> None:
        texts = text_3gpp(b"perf", ""), text_3gpp(b"auth", "Autora")

        assert await tags(tagged(boxes.box(b"udta", *texts))) == {"artist": "Autora"}

    async def test_counts_behind_all_others(self) -> None:
        texts = user_text(b"\xa9alb", b"plain"), text_3gpp(b"albm", "last"), text_3gpp(b"titl", "last")

        assert await tags(tagged(boxes.box(b"udta", metadata(TITLE), *texts))) == {
            "title": "A title",
            "album": "plain",
        }

    @pytest.mark.parametrize(
        ("part", "found"),
        [
            (text_3gpp(b"albm", "UTF-16", b"\x07", encoding="utf-16-be"), {"album": "UTF-16", "track": "7"}),
            (text_3gpp(b"albm", "", b"\x07"), {"track": "7"}),
            (text_3gpp(b"albm", "Album", b"\0"), {"album": "Album"}),
            (boxes.full_box(b"titl", b"\x15\xc7without an end"), {"title": "without an end"}),
            (boxes.full_box(b"titl", b"\x15\xc7\xfe\xff\0A\0"), {}),
            (boxes.full_box(b"titl", b"\x15\xc7\xff\xff\0"), {}),
            (boxes.full_box(b"titl", b"\x15\xc7"), {}),
            (boxes.full_box(b"titl", b"\x15"), {}),
            (boxes.box(b"titl"), {}),
            (boxes.full_box(b"yrrc", b"\0\0"), {}),
            (boxes.full_box(b"yrrc", b"\x07"), {}),
            (text_3gpp(b"loci", "Somewhere"), {}),
        ],
    )
    async def test_is_left_out_where_it_is_broken(self, part: bytes, found: dict[str, str]) -> None:
        content = tagged(boxes.box(b"udta", part, text_3gpp(b"cprt", "2004")))

        assert await tags(content) == {**found, "copyright": "2004"}

    async def test_is_read_in_part_where_it_is_long(self) -> None:
        found = await tags(tagged(boxes.box(b"udta", text_3gpp(b"dscp", "a" + "é" * 10**6, b"\x07"))))

        assert found == {"comment": "a" + "é" * (2 * LONGEST_COMMENT - 1)}


class TestCovers:
    @pytest.mark.parametrize(
        ("picture", "kind", "media_type"),
        [
            (JPEG, 13, "image/jpeg"),
            (PNG, 14, "image/png"),
            (PNG, 13, "image/png"),
            (JPEG, 0, "image/jpeg"),
            (PNG, 0, "image/png"),
            (JPEG, 1, "image/jpeg"),
            (PNG, 27, "image/png"),
        ],
    )
    async def test_are_told_by_their_place_and_their_first_bytes(
        self, picture: bytes, kind: int, media_type: str
    ) -> None:
        content = listed(boxes.box(b"covr", data_value(picture, kind)), TITLE)
        found = await inspect(content)

        assert found.cover is not None
        assert found.cover.media_type == media_type
        assert content[found.cover.position :][: found.cover.size] == picture
        assert dict(found.tags) == {"title": "A title"}

    @pytest.mark.parametrize(
        "value",
        [
            data_value(b"BM and so on", 27),
            data_value(b"GIF89a and so on", 13),
            data_value(b"BM and so on", 0),
            data_value(b"", 14),
            data_value(PNG[:7], 14),
            boxes.box(b"data", b"\0\0\0\x0e"),
            data_value(JPEG, 13)[:-1],
            struct.pack(">I", 2**31) + data_value(JPEG, 13)[4:],
            boxes.large_box(b"data", bytes(4))[:8] + struct.pack(">Q", 2**63) + JPEG,
            b"",
        ],
        ids=[
            "bitmap",
            "gif",
            "implied",
            "empty",
            "short",
            "half-a-head",
            "cut",
            "huge",
            "huge-64",
            "nothing",
        ],
    )
    async def test_are_left_out_where_players_may_not_show_them(self, value: bytes) -> None:
        found = await inspect(listed(boxes.box(b"covr", value), TITLE))

        assert (dict(found.tags), found.cover) == ({"title": "A title"}, None)

    async def test_may_take_sixteen_mebibytes(self) -> None:
        whole, larger = [JPEG.ljust(size, b"\0") for size in (LARGEST_COVER, LARGEST_COVER + 1)]

        assert (await inspect(listed(boxes.box(b"covr", data_value(whole, 13))))).cover is not None
        assert (await inspect(listed(boxes.box(b"covr", data_value(larger, 13))))).cover is None

    async def test_of_several_the_first_that_can_be_shown_counts(self) -> None:
        values = data_value(b"BM", 27) + data_value(PNG, 14) + data_value(JPEG, 13)
        content = listed(boxes.box(b"covr", values), boxes.box(b"covr", data_value(JPEG, 13)))

        cover = (await inspect(content)).cover

        assert cover is not None
        assert content[cover.position :].startswith(PNG)


class TestBounds:
    """Metadata that is broken or hostile is left out, and the sound is found all the same."""

    @pytest.mark.parametrize(
        "broken",
        [
            boxes.box(b"\xa9ART"),
            boxes.box(b"\xa9ART", b"\0\2\x55\xc4no"),
            boxes.box(b"\xa9ART", b"\0\0"),
            boxes.box(b"\xa9ART", data_value(b"\xff\xfe invalid")),
            boxes.box(b"\xa9ART", data_value(b"cut off \xf0\x9f\x8e")),
            boxes.box(b"\xa9ART", data_value(b"odd", 2)),
            boxes.box(b"\xa9ART", data_value(b"\0\0\0\x15", 21)),
            boxes.box(b"\xa9ART", boxes.box(b"data", b"\0")),
            boxes.box(b"\xa9ART", boxes.box(b"mean", b"text")),
            boxes.box(b"\xa9ART", struct.pack(">I4s", 2**31, b"data") + bytes(20)),
            boxes.box(b"\xa9ART", struct.pack(">I4s", 3, b"data") + bytes(20)),
            boxes.box(b"\xa9ART", metadata(text_item(b"\xa9ART", "inside"))),
        ],
    )
    async def test_an_item_that_is_broken_takes_no_other_along(self, broken: bytes) -> None:
        assert await tags(listed(broken, TITLE)) == {"title": "A title"}

    @pytest.mark.parametrize("size", [3, 9, 2**20, 2**31, 2**32 - 1])
    async def test_a_list_ends_with_an_item_that_does_not_fit(self, size: int) -> None:
        broken = struct.pack(">I", size) + text_item(b"\xa9ART", "Ada")[4:]

        assert await tags(listed(TITLE, broken)) == {"title": "A title"}

    @pytest.mark.parametrize(
        "meta",
        [
            boxes.box(b"meta"),
            boxes.box(b"meta", bytes(6)),
            boxes.full_box(b"meta"),
            boxes.full_box(b"meta", boxes.full_box(b"hdlr", bytes(20))),
            boxes.full_box(b"meta", struct.pack(">I4s", 2**31, b"ilst")),
            metadata(boxes.box(bytes([0, 0, 0, 1]), data_value(b"A title"))),
            metadata(boxes.box(bytes([0, 0, 0, 1]), data_value(b"A title")), keys=boxes.box(b"keys")),
            metadata(boxes.box(bytes([0, 0, 0, 2]), data_value(b"A title")), keys=metadata_keys("title")),
        ],
    )
    async def test_a_list_that_is_broken_is_none(self, meta: bytes) -> None:
        assert await tags(tagged(boxes.box(b"udta", meta))) == {}
        assert await tags(tagged(meta)) == {}

    async def test_lists_of_lists_are_not_gone_into(self) -> None:
        nested = TITLE
        for _ in range(2000):
            nested = metadata(nested)

        assert await tags(tagged(boxes.box(b"udta", nested))) == {}

    async def test_of_a_hundred_thousand_items_the_first_are_looked_at(self) -> None:
        many = text_item(b"\xa9day", "") * MANY

        assert await tags(listed(many, TITLE)) == {}
        assert await tags(listed(*[many[:28]] * (MOST_PARTS - 1), TITLE)) == {}
        assert await tags(listed(many[:24] * (MOST_PARTS - 1), TITLE, many)) == {"title": "A title"}
        assert await tags(tagged(boxes.box(b"udta", metadata(many), user_text(b"\xa9nam", b"A title")))) == {
            "title": "A title"
        }

    async def test_of_a_hundred_thousand_names_the_first_are_looked_at(self) -> None:
        keys = metadata_keys("title", *["artist"] * MANY)
        items = [boxes.box(struct.pack(">I", number), data_value(b"text")) for number in (1, MOST_PARTS + 1)]

        assert await tags(tagged(metadata(*items, keys=keys))) == {"title": "text"}

    async def test_long_texts_are_read_in_part(self) -> None:
        class CountingVideo(BytesVideo):
            bytes_read = 0

            @override
            def read(self, size: int = -1, /) -> bytes:
                self.bytes_read += size
                return super().read(size)

        video = CountingVideo(
            listed(text_item(b"\xa9cmt", "🎵" * 10**6), text_item(b"\xa9nam", "a" + "é" * 10**6))
        )
        found = dict((await Mp4Inspector().inspect(video)).tags)

        assert found == {"comment": "🎵" * LONGEST_COMMENT, "title": "a" + "é" * (2 * LONGEST_COMMENT - 1)}
        assert video.bytes_read < 100_000
