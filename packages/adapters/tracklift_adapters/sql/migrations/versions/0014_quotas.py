"""Keep the limits of single users, the room that uploads hold, and how much audio was made.

The version before works on with these tables: it neither reads nor writes what is new.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0014_from_0003"
down_revision = "0013_from_0003"

# Written out and not imported: a migration stays as it was when the tables change.
MYSQL = ("mysql", "mariadb")
TIMESTAMP = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), *MYSQL)
OPTIONS: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in MYSQL
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}


def upgrade() -> None:
    op.add_column("conversions", sa.Column("reserved_bytes", sa.BigInteger()))
    op.add_column("users", sa.Column("quota", sa.JSON(none_as_null=True)))
    op.create_table(
        "user_quotas",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("quota", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_user_quotas"),
        **OPTIONS,
    )
    op.create_table(
        "audio_ledger",
        sa.Column("conversion_id", sa.String(64), nullable=False),
        sa.Column("owner_id", sa.String(64), nullable=False),
        sa.Column("made_at", TIMESTAMP, nullable=False),
        sa.Column("duration", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("conversion_id", name="pk_audio_ledger"),
        **OPTIONS,
    )
    op.create_index("ix_audio_ledger_made_at", "audio_ledger", ["made_at"])
    op.create_index("ix_audio_ledger_owner_id_made_at", "audio_ledger", ["owner_id", "made_at"])


def downgrade() -> None:
    op.drop_table("audio_ledger")
    op.drop_table("user_quotas")
    op.drop_column("users", "quota")
    op.drop_column("conversions", "reserved_bytes")
