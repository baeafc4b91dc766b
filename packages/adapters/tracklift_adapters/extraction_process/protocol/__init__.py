"""What the application and its workers say to each other: the only code that both of them import."""
