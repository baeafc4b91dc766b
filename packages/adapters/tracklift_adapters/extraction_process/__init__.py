"""Audio extraction by engines that work in a process of their own.

`extractor.py` and the modules that it imports run in the application. `worker.py` and the modules that it imports run
in one process for each extraction; only there engines are imported, by their names. `fork_server.py` runs in a process
from which those of extractions are forked, where an application keeps one.
"""
