"""Every port kept in memory, for tests and demonstrations."""
