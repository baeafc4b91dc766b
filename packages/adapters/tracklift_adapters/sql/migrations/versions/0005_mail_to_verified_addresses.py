"""Keep whose address was verified, for each conversion whether its owner's was, and the mails of an hour.

The version before works on with these tables: it neither reads nor writes what is new.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005_from_0003"
down_revision = "0004_from_0003"

# Written out and not imported: a migration stays as it was when the tables change.
MYSQL = ("mysql", "mariadb")
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), *MYSQL)
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPTIONS: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in MYSQL
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}


def upgrade() -> None:
    op.add_column("conversions", sa.Column("owner_email_verified", sa.Boolean()))
    op.create_table(
        "verified_addresses",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_verified_addresses"),
        **OPTIONS,
    )
    op.create_table(
        "mail_hours",
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("unlisted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "ends_at", name="pk_mail_hours"),
        **OPTIONS,
    )
    op.create_index("ix_mail_hours_ends_at", "mail_hours", ("ends_at",))
    op.create_table(
        "hourly_mails",
        sa.Column("position", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("notification_key", sa.String(383), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("event_id", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_hourly_mails"),
        sa.UniqueConstraint("notification_key", name="uq_hourly_mails_notification_key"),
        **OPTIONS,
    )
    op.create_index("ix_hourly_mails_ends_at_recipient", "hourly_mails", ("ends_at", "recipient"))


def downgrade() -> None:
    op.drop_table("hourly_mails")
    op.drop_table("mail_hours")
    op.drop_table("verified_addresses")
    op.drop_column("conversions", "owner_email_verified")
