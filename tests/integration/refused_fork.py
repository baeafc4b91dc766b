"""A module after whose import the kernel does not fork: it is asked for a system call that there is not."""

import platform

from tracklift_adapters.extraction_process.fork_server import fork_as_sibling

fork_as_sibling._CLONE = {platform.machine(): 100_000}
