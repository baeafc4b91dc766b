"""Reading a stored file in blocks, of which the next ones are fetched ahead. A store only has to fetch blocks."""
