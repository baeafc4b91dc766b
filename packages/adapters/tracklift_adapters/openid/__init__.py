"""Sign-in providers that speak OpenID Connect."""
