"""The routes of the gateway, a module for each thing that they are about."""

from litestar.types import ControllerRouterHandler

from tracklift_gateway.routes.audio import AUDIO_ROUTES
from tracklift_gateway.routes.conversion_pages import CONVERSION_PAGE_ROUTES
from tracklift_gateway.routes.conversions import CONVERSION_ROUTES
from tracklift_gateway.routes.home_pages import HOME_PAGE_ROUTES
from tracklift_gateway.routes.provider_sign_in import PROVIDER_SIGN_IN_ROUTES
from tracklift_gateway.routes.sessions import SESSION_ROUTES
from tracklift_gateway.routes.updates import UPDATE_ROUTES

GATEWAY_ROUTES: list[ControllerRouterHandler] = [
    *CONVERSION_ROUTES,
    *AUDIO_ROUTES,
    *UPDATE_ROUTES,
    *SESSION_ROUTES,
    *PROVIDER_SIGN_IN_ROUTES,
    *CONVERSION_PAGE_ROUTES,
    *HOME_PAGE_ROUTES,
]
