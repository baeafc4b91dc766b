"""A worker that is started as a new process, where no fork server forks it.

Arguments: the process id of the application, the descriptor of the connection for the video's bytes, and the modules to
import before the job is read.
"""

import importlib
import sys

from tracklift_adapters.extraction_process.worker.parent_watchdog import exit_with_parent
from tracklift_adapters.extraction_process.worker.run_job import run_job


def main() -> None:
    """Import the modules, and run one job."""
    parent, descriptor, *preload = sys.argv[1:]
    exit_with_parent(int(parent))
    for module in preload:
        importlib.import_module(module)
    run_job(int(descriptor))


if __name__ == "__main__":
    main()
