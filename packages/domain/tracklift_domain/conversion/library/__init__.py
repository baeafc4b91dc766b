"""What users and operators do with the conversions that there are."""
