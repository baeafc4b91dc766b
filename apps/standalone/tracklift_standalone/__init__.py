"""All of Tracklift in one process, and its command line."""
