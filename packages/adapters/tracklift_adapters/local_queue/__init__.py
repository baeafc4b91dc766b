"""Events handed between workers of one machine through an SQLite file."""
