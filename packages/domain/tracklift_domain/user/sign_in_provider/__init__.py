"""Signing in with an account of an OpenID provider, in a browser or for a device."""
