"""The HTTP applications that apps make of their routes."""
