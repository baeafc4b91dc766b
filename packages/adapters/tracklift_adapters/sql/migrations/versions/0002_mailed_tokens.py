"""Keep the tokens behind links in mails, when an address was verified, and which revision a user has.

The version before works on with these tables: it neither reads nor writes what is new.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"

# Written out and not imported: a migration stays as it was when the tables change.
MYSQL = ("mysql", "mariadb")
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), *MYSQL)
OPTIONS: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in MYSQL
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}


def upgrade() -> None:
    op.add_column("users", sa.Column("email_verified_at", MOMENT))
    op.add_column(
        "users", sa.Column("revision", sa.BigInteger(), nullable=False, server_default=sa.text("1"))
    )
    op.create_table(
        "mailed_tokens",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("token_hash", name="pk_mailed_tokens"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_mailed_tokens_user_id", ondelete="CASCADE"
        ),
        **OPTIONS,
    )
    for columns in (("expires_at",), ("user_id", "purpose", "expires_at")):
        op.create_index("_".join(("ix_mailed_tokens", *columns)), "mailed_tokens", columns)


def downgrade() -> None:
    op.drop_table("mailed_tokens")
    op.drop_column("users", "revision")
    op.drop_column("users", "email_verified_at")
