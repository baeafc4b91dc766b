"""Stored files: the uploaded videos and the MP3s made from them."""
