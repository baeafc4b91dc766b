"""Audio extraction by engines that work in a process of their own.

Each folder is what runs in one kind of process, so that nothing but `protocol` is imported by two of them, with one
exception: what the fork server forks becomes a worker.

- `host`: the application, which starts the other processes and ends them.
- `fork_server`: where an application keeps one, the process that workers are forked from.
- `worker`: one process for each extraction. Only there engines are imported, by their names.
- `protocol`: what host and worker say to each other.
"""
