"""What the application and its workers exchange: the only code that both of them import."""
