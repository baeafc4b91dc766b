from typing_extensions import override

from tracklift_adapters.mp4.structure.file_kind import LOOKED_AT, describe, is_still_picture
from tracklift_adapters.mp4.structure.layout import FIRST_BOXES
from tracklift_domain.upload.errors import NotAVideoError
from tracklift_domain.upload.ports import FileKinds

_BOX_HEADER = 8
_BRAND = 4


class Mp4FileKinds(FileKinds):
    """Takes for a video what begins with a box that an MP4 or QuickTime file may begin with."""

    @property
    @override
    def enough(self) -> int:
        return _BOX_HEADER + _BRAND

    @property
    @override
    def most(self) -> int:
        return LOOKED_AT

    @override
    def require_video(self, head: bytes) -> None:
        kind = head[4:_BOX_HEADER]
        if kind not in FIRST_BOXES:
            raise NotAVideoError(describe(head))
        if kind == b"ftyp" and is_still_picture(head[_BOX_HEADER : _BOX_HEADER + _BRAND]):
            raise NotAVideoError("This is a picture (HEIF or AVIF), not a video")
