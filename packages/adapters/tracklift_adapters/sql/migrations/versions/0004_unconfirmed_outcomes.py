"""Keep since when the outcome of a conversion is announced without having been confirmed as handled.

The version before works on with these tables: it neither reads nor writes what is new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004_from_0003"
down_revision = "0003_from_0002"

# Written out and not imported: a migration stays as it was when the tables change.
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
INDEX = "ix_conversions_unconfirmed_since_id"


def upgrade() -> None:
    op.add_column("conversions", sa.Column("unconfirmed_since", MOMENT))
    op.create_index(INDEX, "conversions", ["unconfirmed_since", "id"])


def downgrade() -> None:
    op.drop_index(INDEX, "conversions")
    op.drop_column("conversions", "unconfirmed_since")
