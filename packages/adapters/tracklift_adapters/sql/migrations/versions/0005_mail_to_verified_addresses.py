"""Keep whose address was verified, and for each conversion whether its owner's was.

The version before works on with these tables: it neither reads nor writes what is new.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005_from_0003"
down_revision = "0004_from_0003"

# Written out and not imported: a migration stays as it was when the tables change.
OPTIONS: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in ("mysql", "mariadb")
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


def downgrade() -> None:
    op.drop_table("verified_addresses")
    op.drop_column("conversions", "owner_email_verified")
