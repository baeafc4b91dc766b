"""Lets `python -m tracklift_terminal` be the command `tracklift`."""

from tracklift_terminal.command_line import main

main()
