from datetime import timedelta

import pytest

from tracklift_adapters.rabbitmq.server_list import HEARTBEAT, PATIENCE, ServerList


def read(urls: str, heartbeat: timedelta = HEARTBEAT) -> ServerList:
    return ServerList(urls, heartbeat=heartbeat, patience=PATIENCE)


def test_each_server_of_the_list_gets_what_pika_needs() -> None:
    servers = read(" amqp://ada:p%40ss@one:5673/tracks\n amqps://two ", timedelta(seconds=2)).parameters("me")

    assert [(server.host, server.port, server.virtual_host) for server in servers] == [
        ("one", 5673, "tracks"),
        ("two", 5671, "/"),
    ]
    assert [server.ssl_options is not None for server in servers] == [False, True]
    assert [server.heartbeat for server in servers] == [2, 2]
    assert [server.connection_attempts for server in servers] == [1, 1]
    assert [server.client_properties for server in servers] == [{"connection_name": "me"}] * 2


def test_a_certificate_of_a_server_is_checked_by_default() -> None:
    (server,) = read("amqps://two").parameters("me")

    assert server.ssl_options is not None
    assert server.ssl_options.context.check_hostname


@pytest.mark.parametrize(
    "urls",
    [
        "",
        " ",
        "localhost:5672",
        "http://ada:secret@localhost/",
        "amqp://ada:secret@localhost:port/",
        "amqp://ada:secret@localhost:99999/",
        "amqp://ada:secret@[::1/",
        "amqp://ada:secret@localhost/?heartbeat=often",
        "amqps://ada:secret@localhost/?ssl_options={",
        "amqp://localhost/ redis://ada:secret@localhost/",
    ],
)
def test_what_is_no_url_of_a_broker_is_refused_without_telling_the_password(urls: str) -> None:
    with pytest.raises(ValueError, match="URL") as caught:
        read(urls)

    assert "secret" not in str(caught.value)
    assert "secret" not in repr(caught.value.__cause__)


@pytest.mark.parametrize("heartbeat", [timedelta(0), timedelta(milliseconds=999)])
def test_a_heartbeat_below_a_second_would_be_none_and_is_refused(heartbeat: timedelta) -> None:
    with pytest.raises(ValueError, match="heartbeat is at least a second"):
        read("amqp://localhost", heartbeat)
