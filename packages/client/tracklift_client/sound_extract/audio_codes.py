"""Which tracks are sound, as the server and libavformat count them."""

SOUND = b"soun"
"""The handler of a track that is declared to be sound (ISO/IEC 14496-12, 8.4.3)."""
_PICTURES = b"vide"
_CODES = frozenset(
    code.ljust(4).upper()
    for code in (
        b"mp4a ac-3 sac3 ac-4 ima4 alac samr sawb dtsc dtsh dtsl dtse dts ec-3 vdva dvca agsm ilbc mac3 mac6 .mp1 .mp2"
        b" .mp3 mp3 nmos nell alaw fl32 fl64 ulaw twos sowt lpcm in24 in32 raw none qclp qclq sqcp qdm2 qdmc spex spxn"
        b" sevc ssmv flac mlpa opus mhm1"
    ).split()
)
"""Codes of sample entries that are sound under a handler that says neither sound nor pictures."""
_WAVE_PREFIXES = frozenset({b"ms", b"TS"})
_WAVE_FORMATS = frozenset({1, 2, 3, 6, 7, 0x11, 0x31, 0x50, 0x55, 0xFF, 0x160, 0x161, 0x2000, 0x2001})
_ENCRYPTED = frozenset({b"enca", b"drms"})


def is_audio(handler: bytes, code: bytes) -> bool:
    """Tell whether a track of this handler and first sample entry is sound."""
    if handler in {SOUND, _PICTURES}:
        return handler == SOUND
    if code[:2] in _WAVE_PREFIXES:
        return int.from_bytes(code[2:], "big") in _WAVE_FORMATS
    return code.upper() in _CODES


def is_encrypted(code: bytes) -> bool:
    """Tell whether a sample entry of this code is of encrypted sound."""
    return code in _ENCRYPTED
