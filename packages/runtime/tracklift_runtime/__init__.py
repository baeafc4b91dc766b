"""What every Tracklift process needs besides the business rules: tasks, waiting, log context, the format of events.

It imports only the Python standard library, the domain and itself.
"""
