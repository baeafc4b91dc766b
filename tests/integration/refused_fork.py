"""A module after whose import the kernel refuses to fork, because the number of the system call does not exist."""

import platform

from tracklift_adapters.extraction_process.fork_server import fork_as_sibling

fork_as_sibling._CLONE = {platform.machine(): 100_000}
