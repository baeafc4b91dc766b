"""Make the first tables: conversions, users, sessions, outbox, delivery log."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None

# Written out and not imported: a migration stays as it was when the tables change.
MYSQL = ("mysql", "mariadb")
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), *MYSQL)
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), *MYSQL)
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPTIONS: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in MYSQL
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}


def upgrade() -> None:
    _create_conversions()
    _create_users_and_sessions()
    _create_outbox()
    _create_delivery_log()


def downgrade() -> None:
    for table in ("delivery_log", "outbox", "sessions", "users", "conversions"):
        op.drop_table(table)


def _create_conversions() -> None:
    op.create_table(
        "conversions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("owner_id", sa.String(64), nullable=False),
        sa.Column("owner_email", sa.String(254), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source_name", sa.String(255), nullable=False),
        sa.Column("source_size", sa.BigInteger()),
        sa.Column("source_sha256", sa.String(64)),
        sa.Column("source_duration", sa.Double()),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("attempt_limit", sa.Integer(), nullable=False),
        sa.Column("lease_holder", sa.String(255)),
        sa.Column("lease_until", MOMENT),
        sa.Column("audio_media_id", sa.String(128)),
        sa.Column("audio_size", sa.BigInteger()),
        sa.Column("audio_sha256", sa.String(64)),
        sa.Column("audio_duration", sa.Double()),
        sa.Column("audio_bitrate", sa.Integer()),
        sa.Column("failure_code", sa.String(32)),
        sa.Column("failure_detail", LONG_TEXT),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_conversions"),
        sa.UniqueConstraint("owner_id", "idempotency_key", name="uq_conversions_owner_id_idempotency_key"),
        **OPTIONS,
    )
    for columns in (
        ("owner_id", "created_at", "id"),
        ("owner_id", "state"),
        ("expires_at", "id"),
        ("state", "updated_at", "id"),
    ):
        op.create_index("_".join(("ix_conversions", *columns)), "conversions", columns)


def _create_users_and_sessions() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.String(512), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        **OPTIONS,
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"),
        **OPTIONS,
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("position", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(128), nullable=False),
        sa.Column("event", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_outbox"),
        **OPTIONS,
    )
    op.create_index("ix_outbox_event_id", "outbox", ["event_id"])


def _create_delivery_log() -> None:
    op.create_table(
        "delivery_log",
        sa.Column("notification_key", sa.String(383), nullable=False),
        sa.Column("claimed_until", MOMENT),
        sa.Column("sent_at", MOMENT),
        sa.PrimaryKeyConstraint("notification_key", name="pk_delivery_log"),
        **OPTIONS,
    )
    op.create_index("ix_delivery_log_claimed_until", "delivery_log", ["claimed_until"])
    op.create_index("ix_delivery_log_sent_at", "delivery_log", ["sent_at"])
