"""A module after whose import a fork hangs before it leads a process group of its own."""

import os
import signal

os.setsid = signal.pause
