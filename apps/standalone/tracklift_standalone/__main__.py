"""Lets `python -m tracklift_standalone` be the command `tracklift`."""

from tracklift_standalone.command_line import main

if __name__ == "__main__":
    main()
