"""Everything around the use cases of users, kept in memory."""

from datetime import timedelta

from tests.contracts.examples import NOW
from tests.unit.user.doubles import LegibleHasher, LegibleTokens
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.identifiers import SequentialIdentifiers
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.sessions import InMemorySessionRepository
from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_domain.user.delete_user import DeleteUser
from tracklift_domain.user.end_session import EndSession
from tracklift_domain.user.get_user import GetUser
from tracklift_domain.user.identify_caller import IdentifyCaller
from tracklift_domain.user.log_in import LogIn
from tracklift_domain.user.refresh_session import RefreshSession
from tracklift_domain.user.register_user import RegisterUser
from tracklift_domain.user.sessions import SessionKeeper


class Reception:
    """The use cases of users over shared storage."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.identifiers = SequentialIdentifiers()
        self.outbox = InMemoryOutbox()
        self.users = InMemoryUserRepository(self.outbox)
        self.sessions = InMemorySessionRepository(self.users)
        self.hasher = LegibleHasher()
        self.tokens = LegibleTokens()
        self.keeper = SessionKeeper(
            sessions=self.sessions,
            issuer=self.tokens,
            clock=self.clock,
            identifiers=self.identifiers,
            lasts=timedelta(days=30),
        )
        self.register = RegisterUser(
            users=self.users, hasher=self.hasher, clock=self.clock, identifiers=self.identifiers
        )
        self.log_in = LogIn(users=self.users, hasher=self.hasher, sessions=self.keeper)
        self.refresh = RefreshSession(
            users=self.users, sessions=self.sessions, keeper=self.keeper, clock=self.clock
        )
        self.end_session = EndSession(sessions=self.sessions)
        self.get_user = GetUser(users=self.users)
        self.delete_user = DeleteUser(users=self.users, clock=self.clock)
        self.identify = IdentifyCaller(verifier=self.tokens, clock=self.clock)
