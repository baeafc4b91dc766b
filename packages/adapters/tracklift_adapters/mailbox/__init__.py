"""Mail written as files into a folder instead of being sent."""
