"""Links in mails, which prove that their user gets the mail of an address."""
