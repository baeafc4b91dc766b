"""The HTTP server inside the process, with bounds on connections and requests."""
