"""What issuer and verifier of access tokens agree on."""

ALGORITHM = "Ed25519"
"""Of RFC 9864, which names the curve; the older name `EdDSA` (RFC 8037) leaves it open and is not accepted."""
TOKEN_TYPE = "at+jwt"  # noqa: S105 (no secret: a media type)
"""Of RFC 9068, section 2.1: so that no other token signed with the same key passes for an access token."""
AUDIENCE = "tracklift"
"""Whom tokens are for, unless the operator says otherwise."""
