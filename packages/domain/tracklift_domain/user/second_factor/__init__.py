"""A second factor beside the password: one-time codes and recovery codes."""
