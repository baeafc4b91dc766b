"""The limits on mails."""

MAILS_PER_HOUR = 20
"""More than a person reads one by one. Outcomes beyond this are sent in one digest when the hour is over."""
LISTED_IN_DIGEST = 100
"""How many conversions a digest lists; of the rest it only states the number."""
