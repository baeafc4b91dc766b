"""Keep which track of which an MP3 was made from, what is missing of its sound, its chapters, and newer options.

The version before works on with these tables: it neither reads nor writes what is new.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_from_0002"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("conversions", sa.Column("further_options", sa.JSON()))
    op.add_column("conversions", sa.Column("source_track", sa.Integer()))
    op.add_column("conversions", sa.Column("source_tracks", sa.JSON()))
    op.add_column("conversions", sa.Column("audio_damage", sa.JSON()))
    op.add_column("conversions", sa.Column("audio_chapters", sa.JSON()))


def downgrade() -> None:
    for column in ("audio_chapters", "audio_damage", "source_tracks", "source_track", "further_options"):
        op.drop_column("conversions", column)
