"""Adapters: one folder for each outside technology that a port of the domain reaches."""
