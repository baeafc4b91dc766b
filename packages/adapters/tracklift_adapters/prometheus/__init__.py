"""Figures for Prometheus: what is counted wraps the port that it is counted at."""
