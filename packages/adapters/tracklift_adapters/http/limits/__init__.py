"""How often clients may do what is costly, and what they are told of it."""
