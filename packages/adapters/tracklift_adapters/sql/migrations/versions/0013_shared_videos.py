"""Keep which conversions share a video, and until when a finished one keeps it.

The version before works on with these tables: it neither reads nor writes what is new, and deletes the video of each
conversion that ends.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0013_from_0003"
down_revision = "0012_from_0003"

# Written out and not imported: a migration stays as it was when the tables change.
TIMESTAMP = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
DUE = "ix_conversions_source_kept_until_id"
SHARED = "ix_conversions_uploaded_as_holds_source"


def upgrade() -> None:
    op.add_column("conversions", sa.Column("uploaded_as", sa.String(64)))
    op.add_column("conversions", sa.Column("source_kept_until", TIMESTAMP))
    op.add_column("conversions", sa.Column("holds_source", sa.Boolean()))
    op.create_index(DUE, "conversions", ["source_kept_until", "id"])
    op.create_index(SHARED, "conversions", ["uploaded_as", "holds_source"])


def downgrade() -> None:
    op.drop_index(SHARED, "conversions")
    op.drop_index(DUE, "conversions")
    op.drop_column("conversions", "holds_source")
    op.drop_column("conversions", "source_kept_until")
    op.drop_column("conversions", "uploaded_as")
