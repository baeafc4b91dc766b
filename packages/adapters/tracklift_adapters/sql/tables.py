"""The tables, as they are after the newest migration.

Text is compared byte for byte everywhere: SQLite does so, and MySQL's tables are made with a binary collation.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

from tracklift_adapters.sql.column_types import (
    LONG_TEXT,
    MYSQL_NAMES,
    OPTIONAL_JSON,
    ROW_NUMBER,
    UtcDateTime,
)

# Longer than the 32 digits of an identifier, for those that are derived from one.
_IDENTIFIER = 64
_EVENT_IDENTIFIER = 128
_MEDIA_IDENTIFIER = 128
# Lower-case hexadecimal digits of a SHA-256.
_HASH = 64
# RFC 5321.
_EMAIL = 254

metadata = MetaData(
    # Named, because a constraint without a name can't be changed by a later migration.
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_options: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in MYSQL_NAMES
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}

conversions = Table(
    "conversions",
    metadata,
    Column("id", String(_IDENTIFIER), primary_key=True),
    Column("owner_id", String(_IDENTIFIER), nullable=False),
    Column("owner_email", String(_EMAIL), nullable=False),
    Column("state", String(16), nullable=False),
    Column("source_name", String(255), nullable=False),
    Column("source_size", BigInteger),
    Column("source_sha256", String(_HASH)),
    Column("source_duration", Double),
    Column("options", JSON, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("attempt_limit", Integer, nullable=False),
    Column("lease_holder", String(255)),
    Column("lease_until", UtcDateTime),
    Column("audio_media_id", String(_MEDIA_IDENTIFIER)),
    Column("audio_size", BigInteger),
    Column("audio_sha256", String(_HASH)),
    Column("audio_duration", Double),
    Column("audio_bitrate", Integer),
    Column("failure_code", String(32)),
    Column("failure_detail", LONG_TEXT),
    Column("idempotency_key", String(255)),
    Column("revision", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    # What the version before these columns lacks; it leaves them as they are.
    Column("further_options", OPTIONAL_JSON),
    Column("source_track", Integer),
    Column("source_tracks", OPTIONAL_JSON),
    Column("audio_damage", OPTIONAL_JSON),
    Column("audio_chapters", OPTIONAL_JSON),
    Column("unconfirmed_since", UtcDateTime),
    Column("owner_email_verified", Boolean),
    Column("source_is_sound_extract", Boolean),
    Column("upload_length", BigInteger),
    Column("upload_note", LONG_TEXT),
    Column("audio_peaks", LargeBinary),
    Column("uploaded_as", String(_IDENTIFIER)),
    Column("source_kept_until", UtcDateTime),
    Column("holds_source", Boolean),
    Column("reserved_bytes", BigInteger),
    Column("outcome_revision", BigInteger),
    UniqueConstraint("owner_id", "idempotency_key"),
    # Each serves one of the lists, in its order, or the count of active ones.
    Index(None, "owner_id", "created_at", "id"),
    Index(None, "owner_id", "state"),
    Index(None, "expires_at", "id"),
    Index(None, "state", "updated_at", "id"),
    Index(None, "unconfirmed_since", "id"),
    Index(None, "source_kept_until", "id"),
    Index(None, "uploaded_as", "holds_source"),
    **_options,
)

users = Table(
    "users",
    metadata,
    Column("id", String(_IDENTIFIER), primary_key=True),
    Column("email", String(_EMAIL), nullable=False),
    Column("password_hash", String(512), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("email_verified_at", UtcDateTime),
    # With a default, as the version before this column signs up users without it.
    Column("revision", BigInteger, nullable=False, server_default=text("1")),
    Column("role", String(16), nullable=False, server_default=text("'user'")),
    Column("disabled_at", UtcDateTime),
    Column("quota", OPTIONAL_JSON),
    UniqueConstraint("email"),
    **_options,
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(_IDENTIFIER), primary_key=True),
    Column("user_id", ForeignKey(users.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("token_hash", String(_HASH), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("device", String(64)),
    Column("last_used_at", UtcDateTime),
    **_options,
)

mailed_tokens = Table(
    "mailed_tokens",
    metadata,
    Column("token_hash", String(_HASH), primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("user_id", ForeignKey(users.c.id, ondelete="CASCADE"), nullable=False),
    Column("email", String(_EMAIL), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("used_at", UtcDateTime),
    Index(None, "user_id", "purpose", "expires_at"),
    **_options,
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(_IDENTIFIER), primary_key=True),
    Column("user_id", ForeignKey(users.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("scopes", String(255), nullable=False),
    Column("key_hash", String(_HASH), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, index=True),
    Column("last_used_at", UtcDateTime),
    UniqueConstraint("key_hash"),
    Index(None, "user_id", "created_at", "id"),
    **_options,
)

second_factors = Table(
    "second_factors",
    metadata,
    Column(
        "user_id",
        String(_IDENTIFIER),
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("secret", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Column("last_step", BigInteger, nullable=False),
    Column("recovery_hashes", JSON, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failed_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False),
    **_options,
)

external_identities = Table(
    "external_identities",
    metadata,
    # The SHA-256 of issuer and subject: MySQL ignores blanks at the end where it compares text.
    Column("identity_hash", String(_HASH), primary_key=True),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("user_id", ForeignKey(users.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    **_options,
)

verified_addresses = Table(
    "verified_addresses",
    metadata,
    # No key of the users' table: a service that knows no users keeps it.
    Column("user_id", String(_IDENTIFIER), primary_key=True),
    Column("email", String(_EMAIL), nullable=False),
    **_options,
)

user_quotas = Table(
    "user_quotas",
    metadata,
    # As above, no key of the users' table.
    Column("user_id", String(_IDENTIFIER), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("quota", JSON, nullable=False),
    **_options,
)

audio_ledger = Table(
    "audio_ledger",
    metadata,
    Column("conversion_id", String(_IDENTIFIER), primary_key=True),
    Column("owner_id", String(_IDENTIFIER), nullable=False),
    Column("made_at", UtcDateTime, nullable=False, index=True),
    Column("duration", Double, nullable=False),
    Index(None, "owner_id", "made_at"),
    **_options,
)

access_ends = Table(
    "access_ends",
    metadata,
    # A user, a session or an API key; as above, no key of their tables.
    Column("subject", String(_IDENTIFIER), primary_key=True),
    Column("ended_at", UtcDateTime, nullable=False, index=True),
    Column("recorded_at", UtcDateTime, nullable=False, index=True),
    **_options,
)

mail_hours = Table(
    "mail_hours",
    metadata,
    Column("recipient", String(_EMAIL), primary_key=True),
    Column("ends_at", UtcDateTime, primary_key=True, index=True),
    Column("counted", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("unlisted", Integer, nullable=False),
    **_options,
)

hourly_mails = Table(
    "hourly_mails",
    metadata,
    Column("position", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("notification_key", String(_EVENT_IDENTIFIER + 1 + _EMAIL), nullable=False),
    Column("recipient", String(_EMAIL), nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("event_id", String(_EVENT_IDENTIFIER), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("facts", JSON, nullable=False),
    UniqueConstraint("notification_key"),
    Index(None, "ends_at", "recipient"),
    **_options,
)

outbox = Table(
    "outbox",
    metadata,
    Column("position", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("event_id", String(_EVENT_IDENTIFIER), nullable=False, index=True),
    Column("event", LONG_TEXT, nullable=False),
    **_options,
)

delivery_log = Table(
    "delivery_log",
    metadata,
    # An event's id, a colon and an address.
    Column("notification_key", String(_EVENT_IDENTIFIER + 1 + _EMAIL), primary_key=True),
    Column("claimed_until", UtcDateTime, index=True),
    Column("sent_at", UtcDateTime, index=True),
    **_options,
)
