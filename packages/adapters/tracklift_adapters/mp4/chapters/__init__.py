"""The chapters of a video."""
