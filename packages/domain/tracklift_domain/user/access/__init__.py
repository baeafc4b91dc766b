"""Who calls, what the caller may do, and how access ends before its time."""
