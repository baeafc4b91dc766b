"""Settings of each service for tests that put adapters in memory in the place of all servers."""

from datetime import timedelta
from pathlib import Path

from tracklift_auth.settings import AuthSettings
from tracklift_converter.settings import ConverterSettings
from tracklift_gateway.settings import GatewaySettings
from tracklift_notification.settings import NotificationSettings
from tracklift_standalone.settings import StandaloneSettings

PUBLIC_URL = "https://tracklift.example"
_BROKER = "amqp://unused"
_MONGODB = "mongodb://unused"

AUTH = AuthSettings(
    mysql_url="mysql://unused/tracklift",
    rabbitmq_url=_BROKER,
    public_url=PUBLIC_URL,
    signing_key_file=Path("unused"),
)
CONVERTER = ConverterSettings(
    mongodb_url=_MONGODB,
    rabbitmq_url=_BROKER,
    converters=1,
    longest_audio=timedelta(hours=1),
    scratch_folder=Path("unused"),
)
GATEWAY = GatewaySettings(
    mongodb_url=_MONGODB, rabbitmq_url=_BROKER, auth_url="http://unused", public_url=PUBLIC_URL
)
NOTIFICATION = NotificationSettings(
    mongodb_url=_MONGODB,
    rabbitmq_url=_BROKER,
    public_url=PUBLIC_URL,
    smtp_host="unused",
    mail_from="tracklift@example.org",
)
STANDALONE = StandaloneSettings(data_folder=Path("unused"), public_url=PUBLIC_URL)
