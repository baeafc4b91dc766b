"""Users, conversions, outbox and delivery log in a relational database, through SQLAlchemy."""
