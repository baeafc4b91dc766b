"""The domain of Tracklift: what a conversion, a user and a notification are, and what may happen to them.

Imports the Python standard library and itself, nothing else. Whatever touches the outside world is a port
(a `typing.Protocol` in a slice's `ports.py`) that an adapter implements.
"""
