"""The routes of auth, with one module per topic."""

from litestar.types import ControllerRouterHandler

from tracklift_auth.routes.account_data import ACCOUNT_DATA_ROUTES
from tracklift_auth.routes.admin_users import ADMIN_USER_ROUTES
from tracklift_auth.routes.api_keys import API_KEY_ROUTES
from tracklift_auth.routes.device_sign_in import DEVICE_SIGN_IN_ROUTES
from tracklift_auth.routes.mailed_links import MAILED_LINK_ROUTES
from tracklift_auth.routes.provider_sign_in import PROVIDER_LIST_ROUTES
from tracklift_auth.routes.second_factor import SECOND_FACTOR_ROUTES
from tracklift_auth.routes.sessions import SESSION_ROUTES
from tracklift_auth.routes.tokens import TOKEN_ROUTES
from tracklift_auth.routes.users import USER_ROUTES

AUTH_ROUTES: list[ControllerRouterHandler] = [
    *USER_ROUTES,
    *TOKEN_ROUTES,
    *PROVIDER_LIST_ROUTES,
    *DEVICE_SIGN_IN_ROUTES,
    *API_KEY_ROUTES,
    *SESSION_ROUTES,
    *SECOND_FACTOR_ROUTES,
    *MAILED_LINK_ROUTES,
    *ADMIN_USER_ROUTES,
    *ACCOUNT_DATA_ROUTES,
]
