from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tracklift_domain.errors import ServiceUnavailableError

SERVICE = "The database"
# A broken rule is an answer, which each repository reads in its own way; the others are mistakes in this adapter.
_NOT_OUTAGES = (IntegrityError, DataError, ProgrammingError)


@contextmanager
def outages_translated() -> Iterator[None]:
    """Turn what says that the database can't do its work now into `ServiceUnavailableError`.

    That is: it can't be reached or opened, its disk is full or fails, its file is damaged, it is locked for too long,
    or it chose this transaction to end a deadlock.
    """
    try:
        yield
    except _NOT_OUTAGES:
        raise
    except (DatabaseError, InterfaceError) as error:
        raise ServiceUnavailableError(SERVICE, _reason(error)) from error
    except (PoolTimeoutError, TimeoutError) as error:
        raise ServiceUnavailableError(SERVICE, "it does not answer in time.") from error


def _reason(error: DBAPIError) -> str:
    # The driver's own words, which stand behind a number where it gives one. SQLAlchemy would add the statement, which
    # says nothing to the operator.
    words = error.orig.args if error.orig else ()
    return f"{words[-1] if words else error.orig}."
