"""Answers that are files: ranges, conditions, archives, and the files of a web application."""
