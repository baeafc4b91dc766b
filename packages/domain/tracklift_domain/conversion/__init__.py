"""Conversions: a video in, its audio out."""
