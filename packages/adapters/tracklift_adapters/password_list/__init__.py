"""Common passwords out of the lists that zxcvbn ships."""
