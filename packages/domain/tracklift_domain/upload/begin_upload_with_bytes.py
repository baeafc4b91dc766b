"""Begins an upload together with its first bytes."""

from contextlib import suppress

from tracklift_domain.errors import DomainError
from tracklift_domain.run_to_completion import run_to_completion
from tracklift_domain.upload.append_to_upload import AppendToUpload, UploadPart
from tracklift_domain.upload.begin_upload import BeginUpload, WantedUpload
from tracklift_domain.upload.discard_upload import DiscardUpload
from tracklift_domain.upload.resumable_upload import UploadStatus
from tracklift_domain.user.access.caller import Caller


class BeginUploadWithBytes:
    """Saves the client a request. Even a whole video may be sent this way."""

    def __init__(self, *, begin: BeginUpload, append: AppendToUpload, discard: DiscardUpload) -> None:
        self._begin = begin
        self._append = append
        self._discard = discard

    async def __call__(self, caller: Caller, wanted: WantedUpload, part: UploadPart) -> UploadStatus:
        """Begin an upload and append a part; or return the earlier upload with the same idempotency key.

        An earlier upload gets the part only if the part begins at its offset. If the first part fails, the upload is
        discarded, since its client never learns its address; but an upload with an idempotency key is kept, since the
        client can find it again by the key. Raises the errors of `BeginUpload` and `AppendToUpload`.
        """
        begun = await self._begin(caller, wanted)
        if begun.offset != part.offset:
            return begun
        try:
            return await self._append(caller, begun.id, part)
        except BaseException:
            if wanted.idempotency_key is None:
                await run_to_completion(self._throw_away(caller, begun))
            raise

    async def _throw_away(self, caller: Caller, begun: UploadStatus) -> None:
        # It may already be gone; otherwise it goes when it expires.
        with suppress(DomainError):
            await self._discard(caller, begun.id)
