"""Who calls: bearer tokens, cookies, and limits of guesses at passwords and keys."""
