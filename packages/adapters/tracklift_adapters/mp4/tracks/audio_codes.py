"""Which sample entries are sound, and of which nothing can be decoded.

A track is sound when its handler says so, or when it says something else than pictures and libavformat knows the code
of its sample entry as one of sound; upper and lower case are the same to it.
"""

from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failures import protected_audio, unsupported_codec

SOUND = b"soun"
"""The handler of a track that is declared to be sound (ISO/IEC 14496-12, 8.4.3)."""
MP3_CODES = frozenset({b".mp3", b"mp3 ", b"ms\0\x55"})
_CODES = frozenset(
    code.ljust(4).upper()
    for code in (
        b"mp4a ac-3 sac3 ac-4 ima4 alac samr sawb dtsc dtsh dtsl dtse dts ec-3 vdva dvca agsm ilbc mac3 mac6 .mp1 .mp2"
        b" .mp3 mp3 nmos nell alaw fl32 fl64 ulaw twos sowt lpcm in24 in32 raw none qclp qclq sqcp qdm2 qdmc spex spxn"
        b" sevc ssmv flac mlpa opus mhm1"
    ).split()
)
_WAVE_PREFIXES = frozenset({b"ms", b"TS"})
"""A number of WAVE follows."""
_WAVE_FORMATS = frozenset({1, 2, 3, 6, 7, 0x11, 0x31, 0x50, 0x55, 0xFF, 0x160, 0x161, 0x2000, 0x2001})
_WITHOUT_DECODER = frozenset({b"apac", b"ac-4", b"mha1", b"mha2", b"mhm1", b"mhm2"})
_ENCRYPTED = frozenset({b"enca", b"drms"})


def is_audio(handler: bytes, code: bytes) -> bool:
    """Tell whether libavformat counts a track of this handler and sample entry as audio."""
    if handler in {SOUND, b"vide"}:
        return handler == SOUND
    if code[:2] in _WAVE_PREFIXES:
        return int.from_bytes(code[2:]) in _WAVE_FORMATS
    return code.upper() in _CODES


def find_obstacle(code: bytes) -> ExtractionError | None:
    """Give the error for a code of which it is certain that no decoder is there; `None`: there may be one."""
    if code in _ENCRYPTED:
        return protected_audio()
    return unsupported_codec(code.decode()) if code in _WITHOUT_DECODER else None
