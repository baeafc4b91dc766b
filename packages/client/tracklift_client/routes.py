"""The routes that the client calls: a test holds them against the server's OpenAPI document."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path with the names of its parameters in braces."""

    method: str
    template: str

    def path(self, **parameters: str) -> str:
        """Fill in the parameters; whatever they hold, each stays one segment of the path."""
        return self.template.format(**{name: _segment(value) for name, value in parameters.items()})


def _segment(text: str) -> str:
    # A segment of dots alone would be resolved away before it is sent (RFC 3986, section 5.2.4).
    return quote(text, safe="") if text.strip(".") else "%2E" * max(len(text), 1)


REGISTER = Route("POST", "/v1/users")
GET_ME = Route("GET", "/v1/me")
GET_ACCOUNT_DATA = Route("GET", "/v1/me/data")
DELETE_ME = Route("DELETE", "/v1/me")
CHANGE_PASSWORD = Route("PUT", "/v1/me/password")
GET_SECOND_FACTOR = Route("GET", "/v1/me/second-factor")
BEGIN_SECOND_FACTOR = Route("POST", "/v1/me/second-factor")
CONFIRM_SECOND_FACTOR = Route("POST", "/v1/me/second-factor/confirm")
REMOVE_SECOND_FACTOR = Route("POST", "/v1/me/second-factor/remove")
CHANGE_EMAIL = Route("POST", "/v1/me/email")
CONFIRM_EMAIL = Route("POST", "/v1/email-changes/confirm")
ACCEPT_INVITATION = Route("POST", "/v1/invitations/accept")
GET_TOKEN = Route("POST", "/v1/token")
REVOKE_TOKEN = Route("POST", "/v1/revoke")
LIST_PROVIDERS = Route("GET", "/v1/sign-in")
BEGIN_DEVICE_SIGN_IN = Route("POST", "/v1/device-sign-ins")
COMPLETE_DEVICE_SIGN_IN = Route("POST", "/v1/device-sign-ins/token")
LIST_KEYS = Route("GET", "/v1/api-keys")
CREATE_KEY = Route("POST", "/v1/api-keys")
REVOKE_KEY = Route("DELETE", "/v1/api-keys/{key_id}")
LIST_SESSIONS = Route("GET", "/v1/sessions")
END_SESSIONS = Route("DELETE", "/v1/sessions")
END_SESSION = Route("DELETE", "/v1/sessions/{session_id}")
LIST_USERS = Route("GET", "/v1/admin/users")
CREATE_USER = Route("POST", "/v1/admin/users")
INVITE_USER = Route("POST", "/v1/admin/invitations")
SHOW_USER = Route("GET", "/v1/admin/users/{user_id}")
CHANGE_USER = Route("PATCH", "/v1/admin/users/{user_id}")
REMOVE_USER = Route("DELETE", "/v1/admin/users/{user_id}")
SEND_RESET = Route("POST", "/v1/admin/users/{user_id}/password-reset")
REMOVE_USERS_SECOND_FACTOR = Route("DELETE", "/v1/admin/users/{user_id}/second-factor")
LIST_ALL_CONVERSIONS = Route("GET", "/v1/admin/conversions")
COUNT_CONVERSIONS = Route("GET", "/v1/admin/conversion-states")
LIST_DEAD_LETTERS = Route("GET", "/v1/admin/dead-letters")
REDRIVE_DEAD_LETTER = Route("POST", "/v1/admin/dead-letters/{queue}/{letter_id}/redrive")
ASK_VERIFICATION = Route("POST", "/v1/email-verifications")
VERIFY_EMAIL = Route("POST", "/v1/email-verifications/confirm")
ASK_RESET = Route("POST", "/v1/password-resets")
RESET_PASSWORD = Route("POST", "/v1/password-resets/confirm")
SUBMIT = Route("POST", "/v1/conversions")
LIST = Route("GET", "/v1/conversions")
SHOW = Route("GET", "/v1/conversions/{conversion_id}")
RENAME = Route("PATCH", "/v1/conversions/{conversion_id}")
DELETE = Route("DELETE", "/v1/conversions/{conversion_id}")
CANCEL = Route("POST", "/v1/conversions/{conversion_id}/cancel")
RETRY = Route("POST", "/v1/conversions/{conversion_id}/retry")
AGAIN = Route("POST", "/v1/conversions/{conversion_id}/again")
WATCH = Route("GET", "/v1/conversions/{conversion_id}/events")
WATCH_ALL = Route("GET", "/v1/events")
DESCRIBE_UPLOADS = Route("OPTIONS", "/v1/uploads")
CREATE_UPLOAD = Route("POST", "/v1/uploads")
SHOW_UPLOAD = Route("HEAD", "/v1/uploads/{upload_id}")
APPEND_UPLOAD = Route("PATCH", "/v1/uploads/{upload_id}")
DELETE_UPLOAD = Route("DELETE", "/v1/uploads/{upload_id}")
PEAKS = Route("GET", "/v1/conversions/{conversion_id}/peaks")
DOWNLOAD = Route("GET", "/v1/conversions/{conversion_id}/audio")
DESCRIBE_AUDIO = Route("HEAD", "/v1/conversions/{conversion_id}/audio")
