"""The composition root of notification: its adapters for RabbitMQ, MongoDB and a mail server, and its use cases."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from tracklift_adapters.mail_templates.composer import TemplateMailComposer
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.delivery_log import MongoDeliveryLog
from tracklift_adapters.mongodb.hourly_mails import MongoHourlyMails
from tracklift_adapters.prometheus.consumer import CountedConsumer
from tracklift_adapters.prometheus.publisher import CountedPublisher
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.smtp.mailer import SmtpMailer
from tracklift_adapters.system.clock import SystemClock
from tracklift_notification.settings import NotificationSettings
from tracklift_notification.use_cases import NotificationUseCases
from tracklift_runtime.closing import closing


class NotificationContainer(containers.DeclarativeContainer):
    """Nothing connects before it is used; `exits` closes what was made, in reverse order."""

    settings: providers.Dependency[NotificationSettings] = providers.Dependency(
        instance_of=NotificationSettings
    )
    exits: providers.Singleton[AsyncExitStack] = providers.Singleton(AsyncExitStack)

    clock = providers.Singleton(SystemClock)

    database = providers.Singleton(
        closing(MongoDatabase, MongoDatabase.close), exits, settings.provided.mongodb_url
    )
    delivery_log = providers.Singleton(MongoDeliveryLog, database)
    mails = providers.Singleton(MongoHourlyMails, database)

    broker = providers.Singleton(
        closing(RabbitMqBroker.of, RabbitMqBroker.close), exits, settings, clock, name="notification"
    )
    publisher = providers.Singleton(CountedPublisher, broker)
    consumer = providers.Singleton(CountedConsumer, broker)

    composer = providers.Singleton(TemplateMailComposer, settings.provided.public_url)
    mailer = providers.Singleton(
        SmtpMailer, settings.provided.smtp_server, clock, sender=settings.provided.mail_from
    )

    use_cases = providers.Container(
        NotificationUseCases,
        composer=composer,
        mailer=mailer,
        delivery_log=delivery_log,
        publisher=publisher,
        clock=clock,
        mails=mails,
        mails_per_hour=settings.provided.mails_per_hour,
    )


def build(
    settings: NotificationSettings, overrides: Mapping[str, object] | None = None
) -> NotificationContainer:
    """Wire notification. `overrides` replaces providers by their names, with an object or another provider."""
    return NotificationContainer(settings=settings, **(overrides or {}))
