"""Several handlers behind one queue."""

from collections.abc import Mapping

from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, EventHandler


class HandlersByType:
    """Hands each event to the handler of its type."""

    def __init__(self, handlers: Mapping[type[Event], EventHandler]) -> None:
        self._handlers = handlers

    async def __call__(self, event: Event) -> Disposition:
        """Handle an event. Raises what its handler raises."""
        handler = self._handlers.get(type(event))
        if handler is None:
            return DeadLetter(f"unexpected event type {event.type}")
        return await handler(event)
