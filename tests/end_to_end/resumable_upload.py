"""An upload by tus 1.0, as a client makes it that keeps nothing but the upload's address."""

import base64
import hashlib
from collections.abc import Mapping

import httpx

from tests.end_to_end.user import OpenUpload, User
from tests.end_to_end.waiting import wait_for

PART = "application/offset+octet-stream"
_VERSION = {"Tus-Resumable": "1.0.0"}


class ResumableUpload:
    """A video on its way in. Each method is one request."""

    def __init__(self, user: User, video: bytes, **metadata: str) -> None:
        """Begin the upload."""
        self.user = user
        self.video = video
        pairs = [f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in metadata.items()]
        headers = {**_VERSION, "Upload-Length": str(len(video)), "Upload-Metadata": ",".join(pairs)}
        answer = user.http.post("/v1/uploads", headers=headers)
        assert answer.status_code == 201, answer.text
        self.path = answer.headers["Location"]

    @property
    def id(self) -> str:
        """The id of the upload, which is the conversion's."""
        return self.path.rpartition("/")[2]

    def offset(self) -> int:
        """Ask how many bytes are stored."""
        return wait_for(self._offset, "the offset is told", every=0.2) - 1

    def _offset(self) -> int | None:
        try:
            answer = self.user.http.head(self.path, headers=_VERSION)
        except httpx.TransportError:
            return None
        # While it is completed elsewhere, or the storage is not there yet.
        if answer.status_code in {423, 503}:
            return None
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["Upload-Offset"]) + 1

    def holds(self, size: int) -> bool:
        """Tell whether at least this many bytes are stored."""
        return self.offset() >= size

    def send(self, offset: int, end: int | None = None, **headers: str) -> httpx.Response:
        """Send bytes of the video."""
        given = {**_VERSION, "Content-Type": PART, "Upload-Offset": str(offset), **headers}
        return self.user.http.patch(self.path, content=self.video[offset:end], headers=given)

    def open_part(self, offset: int, headers: Mapping[str, str] | None = None) -> OpenUpload:
        """Begin to send the rest, on a connection of its own."""
        given = {
            **_VERSION,
            "Content-Type": PART,
            "Upload-Offset": str(offset),
            "Content-Length": str(len(self.video) - offset),
            **(headers or {}),
        }
        return self.user.open_upload(given, path=self.path, method="PATCH")

    def is_free(self) -> bool:
        """Tell whether no other writer holds the upload, by a part without bytes."""
        offset = self.offset()
        return self.send(offset, offset).status_code == 204

    def finish(self) -> None:
        """Do what every client does after a broken line: ask, and send the rest, until all is there."""
        wait_for(self._rest_is_sent, "the rest is taken", every=0.2)

    def _rest_is_sent(self) -> bool:
        offset = self.offset()
        if offset == len(self.video):
            return True
        answer = self.send(offset)
        assert answer.status_code in {204, 409, 423, 503}, answer.text
        return answer.status_code == 204

    def check(self) -> None:
        """See that the conversion has the right bytes, was made once, and completes."""
        record = self.user.wait_for_end(self.id)
        assert record["state"] == "completed"
        assert record["source"]["size"] == len(self.video)
        assert record["source"]["sha256"] == hashlib.sha256(self.video).hexdigest()
        assert self.offset() == len(self.video)
