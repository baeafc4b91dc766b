"""The rules of a provider: Authlib's authorization server, with switches for all that may go wrong."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialDict
from authlib.oidc.core.grants import OpenIDCode, OpenIDToken
from joserfc.jwk import ECKey, Key, OctKey, RSAKey
from typing_extensions import override

Answer = tuple[int, Any, list[tuple[str, str]]]
ADA = {"sub": "ada-1", "email": "ada@example.org", "email_verified": True}
_LASTS = 300


@dataclass
class Behaviour:
    """What a test may change of the provider."""

    user: dict[str, Any] = field(default_factory=lambda: dict(ADA))
    claims: dict[str, Any] = field(default_factory=dict)
    """Of the ID token, in place of what belongs there."""
    user_info: dict[str, Any] | None = None
    """Where set, the address is told there and not in the ID token."""
    metadata: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    header: dict[str, Any] = field(default_factory=dict)
    signs_with_unpublished_key: bool = False
    codes_last: int = _LASTS
    denies: bool = False
    has_public_client: bool = False
    """Whether its client has no secret."""
    signs_in_for_devices: bool = False
    """Whether its user has entered the codes of all devices."""
    has_devices: bool = True
    refuses_devices: str = ""
    """An error code for those that begin."""
    slows_devices_down: bool = False
    device_codes_last: int = _LASTS
    device_answer: dict[str, Any] = field(default_factory=dict)
    """In place of what a device is told when it begins."""
    hangs_at: str = ""
    floods_at: str = ""
    breaks_at: str = ""
    redirects_at: str = ""


class Client(ClientMixin):  # type: ignore[misc]  # published without type information
    """The one client that is registered."""

    def __init__(self, client_id: str, secret: str, redirect_uri: str) -> None:
        self.client_id = client_id
        self.secret = secret
        self.is_public = False
        self.redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ({"none"} if self.is_public else {"client_secret_basic", "client_secret_post"})

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {"authorization_code", DeviceCodeGrant.GRANT_TYPE}


@dataclass
class Code:
    """A code that was given out, as Authlib's grants want it."""

    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    expires_at: float

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Request(OAuth2Request):  # type: ignore[misc]  # published without type information
    """A request, whose parameters were read by the HTTP server."""

    def __init__(self, method: str, uri: str, headers: Mapping[str, str], parameters: dict[str, str]) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = BasicOAuth2Payload(parameters)
        self._parameters = parameters

    @property
    def args(self) -> dict[str, str]:
        return self._parameters

    @property
    def form(self) -> dict[str, str]:
        return self._parameters


class Provider(AuthorizationServer):  # type: ignore[misc]  # published without type information
    """The provider. Its user has signed in already."""

    def __init__(self, issuer: str, client: Client) -> None:
        super().__init__(scopes_supported=["openid", "email"])
        self.issuer = issuer
        self.client = client
        self.behaviour = Behaviour()
        self.codes: dict[str, Code] = {}
        self.devices: dict[str, DeviceCredentialDict] = {}
        self.access_tokens: set[str] = set()
        self.generation = 0
        self.rotate()
        self.register_token_generator("default", BearerTokenGenerator(lambda **_: self._access_token()))
        self.register_grant(_CodeGrant, [CodeChallenge(required=True), _IdTokens(self)])
        self.register_grant(_DeviceGrant, [_Tokens(self)])
        self.register_endpoint(_DeviceEndpoint)

    def rotate(self) -> None:
        """Sign with new keys from now on, and publish these only."""
        self.generation += 1
        self.keys: dict[str, Key] = {
            "RSA": RSAKey.generate_key(2048),
            "EC": ECKey.generate_key("P-256"),
            "unpublished": RSAKey.generate_key(2048),
        }

    def published_keys(self) -> dict[str, Any]:
        """Give the key set, with some that are not for this."""
        public = [
            {**self.keys[kind].as_dict(private=False), "kid": f"{kind}-{self.generation}", "use": "sig"}
            for kind in ("RSA", "EC")
        ]
        return {
            "keys": [*public, {"kty": "PQ", "kid": "later"}, {**public[0], "kid": "enc", "use": "enc"}, 7]
        }

    def metadata(self) -> dict[str, Any]:
        """Give what is discovered."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            **(
                {"device_authorization_endpoint": f"{self.issuer}/device"}
                if self.behaviour.has_devices
                else {}
            ),
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
            **self.behaviour.metadata,
        }

    def signing_key(self) -> Key | None:
        """Give what signs the next ID token."""
        match self.behaviour.algorithm:
            case "none":
                return None
            case "HS256":
                return OctKey.import_key(self.client.secret)
            case "ES256":
                return self.keys["EC"]
        return self.keys["unpublished" if self.behaviour.signs_with_unpublished_key else "RSA"]

    def _access_token(self) -> str:
        token = f"access-{len(self.access_tokens)}"
        self.access_tokens.add(token)
        return token

    @override
    def query_client(self, client_id: str) -> Client | None:
        return self.client if client_id == self.client.client_id else None

    @override
    def save_token(self, token: Any, request: Any) -> None:
        """Nothing asks for them later but `userinfo`, which knows the access tokens."""

    @override
    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """There are no listeners."""

    @override
    def create_oauth2_request(self, request: Request) -> Request:
        return request

    @override
    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        return status, body, headers


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # published without type information
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    @override
    def save_authorization_code(self, code: str, request: Any) -> None:
        asked = request.payload.data
        self.server.codes[code] = Code(
            client_id=request.client.client_id,
            redirect_uri=asked.get("redirect_uri"),
            scope=request.scope,
            nonce=asked.get("nonce"),
            code_challenge=asked.get("code_challenge"),
            code_challenge_method=asked.get("code_challenge_method"),
            expires_at=time.time() + self.server.behaviour.codes_last,
        )

    @override
    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        found: Code | None = self.server.codes.get(code)
        return found if found and found.expires_at > time.time() else None

    @override
    def delete_authorization_code(self, authorization_code: Code) -> None:
        self.server.codes = {
            code: kept for code, kept in self.server.codes.items() if kept is not authorization_code
        }

    @override
    def authenticate_user(self, authorization_code: Code) -> dict[str, Any]:
        user: dict[str, Any] = self.server.behaviour.user
        return user


class _DeviceEndpoint(DeviceAuthorizationEndpoint):  # type: ignore[misc]  # published without type information
    INTERVAL = 1

    @override
    def create_endpoint_response(self, request: Any) -> Answer:
        behaviour = self.server.behaviour
        if behaviour.refuses_devices:
            self.authenticate_client(request)
            return 400, {"error": behaviour.refuses_devices}, []
        status, data, headers = super().create_endpoint_response(request)
        self.server.devices[data["device_code"]]["challenge"] = request.payload.data.get("code_challenge")
        return status, {**data, **behaviour.device_answer}, headers

    @override
    def get_verification_uri(self) -> str:
        return f"{self.server.issuer}/enter-code"

    @override
    def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        lasts = self.server.behaviour.device_codes_last
        self.server.devices[data["device_code"]] = DeviceCredentialDict(
            {**data, "client_id": client_id, "scope": scope, "expires_at": time.time() + lasts}
        )


class _DeviceGrant(DeviceCodeGrant):  # type: ignore[misc]  # published without type information
    @override
    def query_device_credential(self, device_code: str) -> DeviceCredentialDict | None:
        found = self.server.devices.get(device_code)
        verifier = self.request.payload.data.get("code_verifier", "")
        # As Keycloak has it: the challenge of RFC 7636 counts for devices too.
        return found if found and found["challenge"] == create_s256_code_challenge(verifier) else None

    @override
    def query_user_grant(self, user_code: str) -> tuple[dict[str, Any], bool] | None:
        behaviour = self.server.behaviour
        if behaviour.denies or behaviour.signs_in_for_devices:
            return behaviour.user, not behaviour.denies
        return None

    @override
    def should_slow_down(self, credential: DeviceCredentialDict) -> bool:
        return bool(self.server.behaviour.slows_devices_down)

    @override
    def save_token(self, token: Any) -> None:
        # A code is used once.
        del self.server.devices[self.request.credential["device_code"]]


class _Tokens(OpenIDToken):  # type: ignore[misc]  # published without type information
    """What the ID tokens of all grants have."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    @override
    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": self._provider.issuer, "aud": [client.client_id]}

    @override
    def get_client_algorithm(self, client: Client) -> str:
        return self._provider.behaviour.algorithm

    @override
    def get_encode_header(self, client: Client) -> dict[str, Any]:
        behaviour = self._provider.behaviour
        kind = "EC" if behaviour.algorithm == "ES256" else "RSA"
        kid = f"{kind}-{self._provider.generation}"
        return {"alg": behaviour.algorithm, "kid": kid, **behaviour.header}

    @override
    def resolve_client_private_key(self, client: Client) -> Key | None:
        return self._provider.signing_key()

    @override
    def generate_user_info(self, user: dict[str, Any], scope: str) -> dict[str, Any]:
        behaviour = self._provider.behaviour
        told = user if behaviour.user_info is None else {"sub": user["sub"]}
        # Last, so that a test may replace any claim.
        return {**told, **behaviour.claims}


class _IdTokens(_Tokens, OpenIDCode):  # type: ignore[misc]  # published without type information
    def __init__(self, provider: Provider) -> None:
        OpenIDCode.__init__(self, require_nonce=True)
        _Tokens.__init__(self, provider)

    @override
    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False


def as_json(body: Any) -> bytes:
    """Write what is answered."""
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
