"""What all OpenAPI documents have in common."""
