"""Runs the command `tracklift` with `python -m tracklift_standalone`."""

from tracklift_standalone.command_line import main

if __name__ == "__main__":
    main()
