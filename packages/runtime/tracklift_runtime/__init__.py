"""What every process of Tracklift needs and no business rule does: tasks, waiting, log context, the form of events.

Imports the Python standard library, the domain and itself.
"""
