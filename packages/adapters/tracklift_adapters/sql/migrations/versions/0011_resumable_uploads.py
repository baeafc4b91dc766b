"""Keep what is declared of an upload that comes in parts, and whether a source is the sound of a video only.

The version before works on with these tables: it neither reads nor writes what is new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0011_from_0003"
down_revision = "0010_from_0003"

# Written out and not imported: a migration stays as it was when the tables change.
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    op.add_column("conversions", sa.Column("source_is_sound_extract", sa.Boolean()))
    op.add_column("conversions", sa.Column("upload_length", sa.BigInteger()))
    op.add_column("conversions", sa.Column("upload_note", LONG_TEXT))


def downgrade() -> None:
    op.drop_column("conversions", "upload_note")
    op.drop_column("conversions", "upload_length")
    op.drop_column("conversions", "source_is_sound_extract")
