"""Routes for Tracklift's other services. The gateway forwards no requests to them."""

import re
from dataclasses import dataclass
from typing import Any

from litestar import Response, post
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from tracklift_adapters.auth_service.api_key_messages import VERIFICATION_PATH, write_caller
from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import JSON, takes
from tracklift_auth.oauth_errors import UNCACHED
from tracklift_domain.user.api_key.errors import InvalidApiKeyError
from tracklift_domain.user.api_key.ports import ApiKeyVerifier

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class VerificationRequest:
    """The SHA-256 of an API key."""

    key_hash: str


@post(VERIFICATION_PATH, status_code=200, include_in_schema=False, guards=[takes(JSON)])
async def verify(
    data: JSONBody[VerificationRequest], verify_api_key: Given[ApiKeyVerifier]
) -> Response[dict[str, Any]]:
    """Return the caller whom an API key identifies."""
    if not _HASH.fullmatch(data.key_hash):
        raise InvalidApiKeyError
    return Response(write_caller(await verify_api_key.verify(data.key_hash)), headers=UNCACHED)


INTERNAL_ROUTES: list[ControllerRouterHandler] = [verify]
