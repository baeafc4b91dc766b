"""What admins and the operator do with the accounts of others."""
