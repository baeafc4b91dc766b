"""The routes of auth, a module for each thing that they are about."""

from litestar.types import ControllerRouterHandler

from tracklift_auth.routes.api_keys import API_KEY_ROUTES
from tracklift_auth.routes.mailed_links import MAILED_LINK_ROUTES
from tracklift_auth.routes.mailed_pages import MAILED_PAGE_ROUTES
from tracklift_auth.routes.provider_sign_in import PROVIDER_LIST_ROUTES
from tracklift_auth.routes.sessions import SESSION_ROUTES
from tracklift_auth.routes.tokens import TOKEN_ROUTES
from tracklift_auth.routes.users import USER_ROUTES

AUTH_ROUTES: list[ControllerRouterHandler] = [
    *USER_ROUTES,
    *TOKEN_ROUTES,
    *PROVIDER_LIST_ROUTES,
    *API_KEY_ROUTES,
    *SESSION_ROUTES,
    *MAILED_LINK_ROUTES,
    *MAILED_PAGE_ROUTES,
]
