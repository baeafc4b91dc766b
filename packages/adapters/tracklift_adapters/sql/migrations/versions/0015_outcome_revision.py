"""Keep in which revision of a conversion its outcome came about.

The version before works on with this table: it neither reads nor writes what is new.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015_from_0003"
down_revision = "0014_from_0003"


def upgrade() -> None:
    op.add_column("conversions", sa.Column("outcome_revision", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("conversions", "outcome_revision")
