"""Keep of each session what it was begun with, and when it was used last.

The version before works on with these tables: it neither reads nor writes what is new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0007_from_0003"
down_revision = "0006_from_0003"

# Written out and not imported: a migration stays as it was when the tables change.
TIMESTAMP = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.add_column("sessions", sa.Column("device", sa.String(64)))
    op.add_column("sessions", sa.Column("last_used_at", TIMESTAMP))


def downgrade() -> None:
    op.drop_column("sessions", "last_used_at")
    op.drop_column("sessions", "device")
