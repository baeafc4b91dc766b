"""What httpx raises, in the client's own errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tracklift_client.errors import ConnectionLostError, UnexpectedAnswerError


@contextmanager
def translated() -> Iterator[None]:
    """Translate the errors of a request and of its answer.

    Raises:
        ConnectionLostError: no connection, or one that broke off or stood still.
        UnexpectedAnswerError: no HTTP, or an address that is none.
    """
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.DecodingError, UnicodeError) as error:
        raise UnexpectedAnswerError(f"The server can't be asked: {error}") from error
    except httpx.TimeoutException as error:
        raise ConnectionLostError("The server does not answer in time.") from error
    except httpx.HTTPError as error:
        raise ConnectionLostError(
            f"The connection to the server failed: {str(error) or type(error).__name__}."
        ) from error
