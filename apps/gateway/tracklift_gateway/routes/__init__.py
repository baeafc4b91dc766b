"""The routes of the gateway, with one module per topic."""

from litestar.types import ControllerRouterHandler

from tracklift_gateway.routes.archive import ARCHIVE_ROUTES
from tracklift_gateway.routes.audio import AUDIO_ROUTES
from tracklift_gateway.routes.conversions import CONVERSION_ROUTES
from tracklift_gateway.routes.more_conversions import MORE_CONVERSIONS_ROUTES
from tracklift_gateway.routes.names import NAME_ROUTES
from tracklift_gateway.routes.operation import OPERATION_ROUTES
from tracklift_gateway.routes.peaks import PEAK_ROUTES
from tracklift_gateway.routes.provider_sign_in import PROVIDER_SIGN_IN_ROUTES
from tracklift_gateway.routes.resumable_uploads import RESUMABLE_UPLOAD_ROUTES
from tracklift_gateway.routes.sessions import SESSION_ROUTES
from tracklift_gateway.routes.updates import UPDATE_ROUTES

GATEWAY_ROUTES: list[ControllerRouterHandler] = [
    *CONVERSION_ROUTES,
    *MORE_CONVERSIONS_ROUTES,
    *RESUMABLE_UPLOAD_ROUTES,
    *AUDIO_ROUTES,
    *ARCHIVE_ROUTES,
    *PEAK_ROUTES,
    *NAME_ROUTES,
    *UPDATE_ROUTES,
    *SESSION_ROUTES,
    *PROVIDER_SIGN_IN_ROUTES,
    *OPERATION_ROUTES,
]
