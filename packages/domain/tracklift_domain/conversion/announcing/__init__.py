"""Outcomes, stored with the events that announce them, until it is confirmed that they were handled."""
