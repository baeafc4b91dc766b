"""The route that sends several MP3s in one archive."""

from contextlib import AsyncExitStack
from typing import Annotated

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.response.base import ASGIResponse
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.files.byte_ranges import attachment
from tracklift_adapters.http.files.owning_stream import OwningStream
from tracklift_adapters.http.files.zip_stream import ZipEntry, zip_chunks, zip_size
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import CALLER, INVALID_REQUEST, problem_responses
from tracklift_adapters.http.problems.problems import invalid_request
from tracklift_domain.clock import Clock
from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.errors import (
    ArchiveTooLargeError,
    AudioExpiredError,
    AudioNotReadyError,
    ConversionNotFoundError,
)
from tracklift_domain.conversion.library.download_archive import DownloadArchive
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import MediaLostError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.scope import Scope

_ZIP = "application/zip"


@get(
    "/v1/conversions/archive",
    summary="Download several MP3s in one archive",
    description="A ZIP archive, made while it is sent. The MP3s are not compressed any further, so its length is known "
    "before; what comes shorter broke off. A plain link of a page leads here. There are 100 MP3s at the most, of 50 GB "
    "together, each with a name of its own. If one of them can't be had, there is no archive.",
    operation_id="download_archive",
    responses={
        200: ResponseSpec(bytes, media_type=_ZIP, generate_examples=False, description="The archive."),
        **problem_responses(
            *CALLER,
            INVALID_REQUEST,
            ConversionNotFoundError,
            AudioNotReadyError,
            AudioExpiredError,
            MediaLostError,
            ArchiveTooLargeError,
        ),
    },
    security=CALLER_SECURITY,
    scope=Scope.READ,
    tags=["conversions"],
)
async def archive(
    caller: Given[Caller],
    download_archive: Given[DownloadArchive],
    clock: Given[Clock],
    ids: Annotated[
        list[str] | None, QueryParameter(name="id", description="Of a conversion; once for each of them.")
    ] = None,
) -> ASGIResponse:
    """Send MP3s in a ZIP archive."""
    if not ids:
        raise invalid_request("id", "is missing: name at least one conversion.")
    files = await download_archive(caller, [ConversionId(each) for each in ids])
    entries = [
        ZipEntry(
            name=file.name,
            size=file.download.audio.size,
            modified_at=file.download.conversion.updated_at,
            chunks=file.read,
        )
        for file in files
    ]
    chunks = zip_chunks(entries)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(closing_stream(chunks))
        return OwningStream(
            chunks,
            owned=stack.pop_all(),
            media_type=_ZIP,
            headers={
                "Content-Length": str(zip_size(entries)),
                "Content-Disposition": attachment(f"Tracklift {clock.now():%Y-%m-%d}.zip"),
                "Cache-Control": "private, no-store",
            },
        )


ARCHIVE_ROUTES: list[ControllerRouterHandler] = [archive]
