"""The bounds that the operator sets for mails."""

MAILS_PER_HOUR = 20
"""More than a person reads one by one. What is above is told in one digest when the hour is over."""
LISTED_IN_DIGEST = 100
"""How many conversions a digest lists; of further ones it tells the number."""
