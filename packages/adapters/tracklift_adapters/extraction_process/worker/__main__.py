"""The process of one extraction, started from nothing: `python -m`, where no fork server has forked one.

Its arguments are the process id of the application, the descriptor of the connection to ask for a video's bytes, and
the modules to import while no job is there.
"""

import importlib
import sys

from tracklift_adapters.extraction_process.worker.parent_watchdog import exit_with_parent
from tracklift_adapters.extraction_process.worker.run_job import run_job


def main() -> None:
    """Import, and do one job."""
    parent, descriptor, *preload = sys.argv[1:]
    exit_with_parent(int(parent))
    for module in preload:
        importlib.import_module(module)
    run_job(int(descriptor))


if __name__ == "__main__":
    main()
