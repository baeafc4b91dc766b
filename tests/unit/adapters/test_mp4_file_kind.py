"""What is not an MP4 is named, so that its owner knows what was chosen by mistake."""

import pytest

from tracklift_adapters.mp4.structure.file_kind import LOOKED_AT, describe

REST = bytes(range(1, 200))
SUBTITLES = "1\n00:00:01,000 --> 00:00:02,500\nŻółw\n"
PARTITION_PACK = b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02\x04\x00"


def packets(size: int, count: int, *, before: bytes = b"") -> bytes:
    """Give packets of a transport stream, with something before each or behind."""
    return (before + b"G@\x11\x10" + bytes(size - 4 - len(before))) * count


def ebml(document_type: bytes) -> bytes:
    """Give the beginning of a Matroska file."""
    return (
        b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82" + document_type + REST
    )


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"#!AMR\n" + REST, "a sound file (AMR)"),
        (b"#!AMR-WB\n" + REST, "a sound file (AMR)"),
        (b"FORM\0\0\x10\0AIFFCOMM" + REST, "a sound file (AIFF)"),
        (b"FORM\0\0\x10\0AIFCFVER" + REST, "a sound file (AIFC)"),
        (b"caff\0\x01\0\0desc" + REST, "a sound file (CAF)"),
        (b".snd\0\0\0\x18" + REST, "a sound file (AU)"),
        (b"RF64\xff\xff\xff\xffWAVEds64" + REST, "a sound file (RF64)"),
        (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0" + REST, "a sound file (Wave64)"),
        (b"DSD \x1c\0\0\0" + REST, "a sound file (DSF)"),
        (b"MAC \x96\x0f" + REST, "a sound file (Monkey's Audio)"),
        (b"wvpk" + REST, "a sound file (WavPack)"),
        (b"\x0b\x77\x12\x34\x14\x40" + REST, "a sound file (AC-3)"),
        (b"\x0b\x77\x12\x34\x14\x80" + REST, "a sound file (E-AC-3)"),
        (b"\xff\xf1\x50\x80" + REST, "a sound file (AAC)"),
        (b"\xff\xf8\x50\x80" + REST, "a sound file (AAC)"),
        (b"\xff\xfb\x90\0" + REST, "a sound file (MP3)"),
        (b"\xff\xfd\x90\0" + REST, "a sound file (MP2)"),
        (b"ID3\x04\0\0\0\0\x01\x02" + bytes(130) + b"\xff\xf1\x50\x80", "a sound file (AAC)"),
        (b"ID3\x04\0\0\0\0\x01\x02" + bytes(130) + b"\xff\xfb\x90\0", "a sound file (MP3)"),
        (b"ID3\x04\0\0", "a sound file (MP3)"),
        (b"0&\xb2u\x8ef\xcf\x11" + REST, "a Windows Media file (WMV or WMA)"),
        (b".RMF\0\0\0\x12" + REST, "a RealMedia file"),
        (b".ra\xfd\0\4" + REST, "a sound file (RealAudio)"),
        (ebml(b"\x84webm"), "a WebM video"),
        (ebml(b"\x88matroska"), "a Matroska video"),
        (PARTITION_PACK + REST, "an MXF video"),
        (b"\x11" * 5000 + PARTITION_PACK + REST, "an MXF video"),
        (packets(188, 3), "an MPEG transport stream,"),
        (packets(192, 3, before=b"\x0e\xbfF\x22"), "an MPEG transport stream (M2TS),"),
        (packets(204, 3), "an MPEG transport stream,"),
        (b"\0\0\x01\xb3\x14\0\xf0" + REST, "a bare MPEG video stream"),
        (b"\0\0\0\x01\x67\x42" + REST, "a bare video stream"),
        (b"\0\0\x01\x09\xf0" + REST, "a bare video stream"),
        (b"\0\0\0\x01\x40\x01" + REST, "a bare video stream"),
        (b"\x1f\x07\0\xbf" + REST, "a DV video"),
        (b"CWS\x0a" + REST, "a Flash animation (SWF)"),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + REST, "a picture (JPEG 2000)"),
        (b"\xff\x4f\xff\x51" + REST, "a picture (JPEG 2000)"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + REST, "a picture (JPEG XL)"),
        (b"\xff\x0a\xfa" + REST, "a picture (JPEG XL)"),
        (b"II*\0" + REST, "a picture (TIFF)"),
        (b"MM\0*" + REST, "a picture (TIFF)"),
        (b"BM\x36\x10\0\0\0\0\0\0\x36\0\0\0" + REST, "a picture (BMP)"),
        (b"Rar!\x1a\x07\x01\0" + REST, "an archive (RAR)"),
        (b"7z\xbc\xaf\x27\x1c\0\4" + REST, "an archive (7z)"),
        (SUBTITLES.encode(), "subtitles (SubRip)"),
        (SUBTITLES.replace("\n", "\r\n").encode("utf-8-sig"), "subtitles (SubRip)"),
        (SUBTITLES.encode("utf-16"), "subtitles (SubRip)"),
        (SUBTITLES.encode("iso-8859-2"), "subtitles (SubRip)"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello", "subtitles (WebVTT)"),
        (b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">', "a list of streams (DASH)"),
        (b'<MPD profiles="x">', "a list of streams (DASH)"),
        (b'<?xml version="1.0"?><note/>', "a text file"),
        ("Zażółć".encode("utf-16"), "a text file"),
    ],
)
def test_a_file_is_named_by_how_it_begins(head: bytes, named: str) -> None:
    assert named in describe(head)


@pytest.mark.parametrize(
    "head",
    [b"\xff", b"BM", b"CWS", b"\x0b\x77", b"G", b"\x1aE", b"FORM", b"\0\0\1", b"\xff\xfe", b"\xfe\xff\0"],
)
def test_a_file_of_few_bytes_is_described_too(head: bytes) -> None:
    assert describe(head).endswith(("video", "MP4"))


@pytest.mark.parametrize(
    "text", ["BM is a record label\n", "CWS and others\n", "Gone with the Wind\n", "DSDs\n"]
)
def test_a_text_that_begins_like_another_file_is_a_text(text: str) -> None:
    assert describe(text.encode() * 20) == "This is a text file, not a video"


def test_an_unknown_file_is_not_given_a_name() -> None:
    """Also where all is read that is looked at."""
    assert describe(b"\x80\x01\x02\x03" * (LOOKED_AT // 4)) == "The file is not an MP4 video"
