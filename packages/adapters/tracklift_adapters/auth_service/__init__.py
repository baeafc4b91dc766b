"""The auth service, as the gateway speaks to it over HTTP."""
