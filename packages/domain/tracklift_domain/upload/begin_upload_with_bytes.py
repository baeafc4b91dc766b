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
    """Saves a client a request. All of an upload may come in this way."""

    def __init__(self, *, begin: BeginUpload, append: AppendToUpload, discard: DiscardUpload) -> None:
        self._begin = begin
        self._append = append
        self._discard = discard

    async def __call__(self, caller: Caller, wanted: WantedUpload, part: UploadPart) -> UploadStatus:
        """Begin an upload and append a part; or give the earlier one of the same idempotency key, however far it is.

        An upload whose first part fails is thrown away, as its client never learns where it is; unless it has a key,
        with which the client finds it again. Raises what `BeginUpload` and `AppendToUpload` do.
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
        # It may be gone already; else it goes when it expires.
        with suppress(DomainError):
            await self._discard(caller, begun.id)
