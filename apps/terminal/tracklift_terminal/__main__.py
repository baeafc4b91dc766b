"""Runs the command `tracklift` with `python -m tracklift_terminal`."""

from tracklift_terminal.command_line import main

main()
