"""Keep the roles of users, whose account is disabled, and whose access ended before its time.

The version before works on with these tables: it neither reads nor writes what is new. No account is disabled for it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0009_from_0003"
down_revision = "0008_from_0003"

# Written out and not imported: a migration stays as it was when the tables change.
MYSQL = ("mysql", "mariadb")
TIMESTAMP = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), *MYSQL)
OPTIONS: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in MYSQL
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}


def upgrade() -> None:
    op.add_column("users", sa.Column("role", sa.String(16), nullable=False, server_default=sa.text("'user'")))
    op.add_column("users", sa.Column("disabled_at", TIMESTAMP))
    op.create_table(
        "access_ends",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("ended_at", TIMESTAMP, nullable=False),
        sa.Column("recorded_at", TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_access_ends"),
        **OPTIONS,
    )
    op.create_index("ix_access_ends_ended_at", "access_ends", ["ended_at"])
    op.create_index("ix_access_ends_recorded_at", "access_ends", ["recorded_at"])


def downgrade() -> None:
    op.drop_table("access_ends")
    op.drop_column("users", "disabled_at")
    op.drop_column("users", "role")
