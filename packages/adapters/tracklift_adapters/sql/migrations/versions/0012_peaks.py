"""Keep the peaks of MP3s, of which pages draw waveforms.

The version before works on with this table: it neither reads nor writes what is new.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012_from_0003"
down_revision = "0011_from_0003"


def upgrade() -> None:
    op.add_column("conversions", sa.Column("audio_peaks", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("conversions", "audio_peaks")
