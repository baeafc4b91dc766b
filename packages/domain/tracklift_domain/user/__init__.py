"""Users: who may convert, and how they prove who they are."""
