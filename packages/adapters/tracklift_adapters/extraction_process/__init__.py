"""Audio extraction by engines that run in a process of their own.

Each folder holds the code of one kind of process:

- `host`: the application, which starts the other processes and stops them.
- `fork_server`: the process from which workers are forked, where the application keeps one.
- `worker`: one process for each extraction. Only there, engines are imported, by name.
- `protocol`: what host and worker exchange.

The host imports neither of the other two. The fork server imports the worker, because its forks are workers.
"""
