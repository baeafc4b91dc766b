"""The OpenAPI document of auth's routes, for the gateway, which forwards requests to them.

python -m tracklift_auth.description >FILE
"""

import json
import sys
from typing import Any, cast

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi.spec import Tag
from litestar.serialization import encode_json

from tracklift_adapters.http.bodies.request_fields import RequestFieldsSchema
from tracklift_adapters.http.callers.bearer import caller_provider
from tracklift_adapters.http.openapi.openapi_document import openapi_config
from tracklift_adapters.http.problems.problem_handlers import problem_handlers
from tracklift_auth.dependencies import auth_dependencies
from tracklift_auth.routes import AUTH_ROUTES
from tracklift_auth.use_cases import AuthUseCases
from tracklift_domain.user.api_key.identify_bearer import IdentifyBearer

_TAGS = (
    Tag(name="users", description="Accounts and tokens."),
    Tag(name="administration", description="For admins."),
)


def describe() -> dict[str, Any]:
    """Describe the routes. Their dependencies are not created, since no route is called."""
    nothing_to_identify = cast("IdentifyBearer", None)
    application = Litestar(
        route_handlers=AUTH_ROUTES,
        dependencies={
            **auth_dependencies(AuthUseCases()),
            "caller": Provide(caller_provider(nothing_to_identify)),
        },
        exception_handlers=problem_handlers(),
        openapi_config=openapi_config(title="Tracklift auth", version="", description="", tags=_TAGS),
        plugins=[RequestFieldsSchema()],
        logging_config=None,
    )
    document: dict[str, Any] = json.loads(encode_json(application.openapi_schema.to_schema()))
    return document


if __name__ == "__main__":
    sys.stdout.write(json.dumps(describe(), indent=1, ensure_ascii=False) + "\n")
