"""The connected clients, and which of them keep the server waiting."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from tracklift_adapters.http.limits.minute_log import MinuteLog
from tracklift_adapters.http.limits.rate_limits import RateLimit, RateLimiter, client_of
from tracklift_adapters.http.server.connection_limits import ConnectionLimits

RESERVE = 16
"""Connections beyond the bound, for `/healthz` alone: one for each probe and each person that looks, and some more."""
STALLED = 3.0
"""Seconds without a byte of a body after which its connection makes room: a lost packet is sent again before."""
REFUSED_COUNTS = 20
"""As how many new connections one counts that was refused for what it sent: of a flood, one gets in every 2 seconds."""
_AT_ONCE = 20
"""For how many seconds' connections a client need not wait, as a browser that opens a page."""


class Connected(Protocol):
    """What a slot can do with its connection."""

    def expire(self) -> None:
        """End the connection since its time is up."""

    def evict(self) -> bool:
        """End the connection at once, unless something is still to be sent; tell whether it ended."""


class ConnectionSlot:
    """The place of one connection in the table."""

    def __init__(self, table: "ConnectionTable", client: str | None, *, reserved: bool) -> None:
        self._table = table
        self.client = client
        self.reserved = reserved
        """Whether it is beyond the bound."""
        self.connected: Connected | None = None
        self.waits = False
        """Whether the server waits for the head of a request, which makes it the first to be evicted."""
        self.deadline: float | None = None
        self.received_at = 0.0

    def wait_for_head(self, seconds: float) -> None:
        """Begin to wait for a request, for so long."""
        self._table.begin_to_wait(self)
        self.limit(seconds)

    def limit(self, seconds: float | None) -> None:
        """Have the connection expire so many seconds from now, or never."""
        self.deadline = None if seconds is None else self._table.now() + seconds

    def work(self) -> None:
        """Begin with a request, for which the connection has all the time it needs."""
        self._table.end_wait(self)
        self.deadline = None

    def receive(self, *, more: bool) -> None:
        """Take note of a part of a request's body, and whether more is to come."""
        self._table.receive(self, more=more)

    def refuse(self) -> None:
        """Take note that the connection is refused for what the client sent."""
        self._table.charge(self)

    def release(self) -> None:
        """Give the place back; more than once does no harm."""
        self._table.remove(self)


class ConnectionTable:
    """Bounds connections in all and by client, and how many new ones a client may open in a second.

    At a bound, the connection that has kept the server waiting for the longest makes room for the new one: a client
    that sends its request at once gets in. Next come requests whose body has stalled. Where all are at work, the new
    one is refused by a client's bound, and gets a place of the reserve by the other.
    """

    def __init__(
        self,
        limits: ConnectionLimits,
        *,
        is_proxy: Callable[[str], bool] = lambda _: False,
        log: MinuteLog | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make a table. `is_proxy` tells the addresses of proxies, which connect for many clients."""
        self.limits = limits
        self.log = log or MinuteLog()
        self.now = now
        self._is_proxy = is_proxy
        self._opening = RateLimiter(
            RateLimit(limits.per_second * _AT_ONCE, timedelta(seconds=_AT_ONCE)), now=now
        )
        # Dictionaries as ordered sets: those that wait are in the order in which they began to.
        self._slots: dict[ConnectionSlot, None] = {}
        self._waiting: dict[ConnectionSlot, None] = {}
        self._receiving: dict[ConnectionSlot, None] = {}
        self._reserved: dict[ConnectionSlot, None] = {}
        self._by_client: dict[str, dict[ConnectionSlot, None]] = {}

    def __len__(self) -> int:
        """How many connections there are."""
        return len(self._slots) + len(self._reserved)

    def admit(self, host: str) -> ConnectionSlot | None:
        """Give a new connection its place, or none where it is refused."""
        client = None if self._is_proxy(host) else client_of(host)
        if client and self._opening.take(client):
            self.log.count("beyond the rate of one client")
            return None
        mine = self._by_client.get(client, {}) if client else {}
        if len(mine) >= self.limits.per_client and not self._evict(mine, "beyond the bound of one client"):
            return None
        full = len(self._slots) >= self.limits.total and not (
            self._evict(self._waiting, "beyond the bound") or self._evict_stalled()
        )
        if full and len(self._reserved) >= RESERVE and not self._evict(self._reserved, "beyond the reserve"):
            return None
        slot = ConnectionSlot(self, client, reserved=full)
        (self._reserved if full else self._slots)[slot] = None
        if client:
            self._by_client.setdefault(client, {})[slot] = None
        return slot

    def charge(self, slot: ConnectionSlot) -> None:
        """Have a client that sent what is refused wait longer until it may connect again."""
        if slot.client:
            self._opening.charge(slot.client, REFUSED_COUNTS - 1)

    def remove(self, slot: ConnectionSlot) -> None:
        """Forget a connection."""
        for slots in (self._slots, self._waiting, self._receiving, self._reserved):
            slots.pop(slot, None)
        if slot.client and (mine := self._by_client.get(slot.client)) is not None:
            mine.pop(slot, None)
            if not mine:
                del self._by_client[slot.client]

    def begin_to_wait(self, slot: ConnectionSlot) -> None:
        """Have it stand last among those that wait."""
        self.end_wait(slot)
        slot.waits = True
        if slot in self._slots:
            self._waiting[slot] = None

    def end_wait(self, slot: ConnectionSlot) -> None:
        """Have it not wait."""
        slot.waits = False
        self._waiting.pop(slot, None)

    def receive(self, slot: ConnectionSlot, *, more: bool) -> None:
        """Have it stand last among those that send a body, or not among them."""
        self._receiving.pop(slot, None)
        if more and slot in self._slots:
            slot.received_at = self.now()
            self._receiving[slot] = None

    def sweep(self) -> None:
        """End every connection whose time is up."""
        now = self.now()
        for slot in [*self._slots, *self._reserved]:
            if slot.deadline is not None and slot.deadline <= now and slot.connected is not None:
                slot.connected.expire()
        self.log.flush()

    def _evict(self, slots: dict[ConnectionSlot, None], reason: str) -> bool:
        self.log.count(reason)
        for slot in slots:
            if slot.waits and slot.connected is not None and slot.connected.evict():
                self.remove(slot)
                return True
        return False

    def _evict_stalled(self) -> bool:
        latest = self.now() - STALLED
        for slot in self._receiving:
            if slot.received_at > latest:
                break
            if slot.connected is not None and slot.connected.evict():
                self.remove(slot)
                return True
        return False
