"""Notification among its servers: RabbitMQ, MongoDB and a mail server."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

from dependency_injector import containers, providers

from tracklift_adapters.http.connection_limits import ConnectionLimits
from tracklift_adapters.http.operations_app import create_operations_app
from tracklift_adapters.http.server import METRICS_PORT, listen
from tracklift_adapters.http.service import run_service
from tracklift_adapters.mail_templates.composer import TemplateMailComposer
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.delivery_log import MongoDeliveryLog
from tracklift_adapters.mongodb.hourly_mails import MongoHourlyMails
from tracklift_adapters.prometheus.consumer import CountedConsumer
from tracklift_adapters.prometheus.publisher import CountedPublisher
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.smtp.mailer import SmtpMailer
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_notification.container import NotificationContainer
from tracklift_notification.settings import NotificationSettings
from tracklift_notification.subscription import LINK_SUBSCRIPTION, NOTIFICATION_SUBSCRIPTION
from tracklift_runtime.housekeeping import Housekeeping
from tracklift_runtime.startup_tasks import StartupTasks
from tracklift_runtime.workers import Workers

_DIGESTS_EVERY = timedelta(minutes=1)
"""How soon after its hour a digest is sent."""


class NotificationRuntime(containers.DeclarativeContainer):
    """Notification's adapters. Nothing connects before it is used."""

    settings: providers.Dependency[NotificationSettings] = providers.Dependency(
        instance_of=NotificationSettings
    )

    clock = providers.Singleton(SystemClock)
    database = providers.Singleton(MongoDatabase, settings.provided.mongodb_url)
    delivery_log = providers.Singleton(MongoDeliveryLog, database)
    mails = providers.Singleton(MongoHourlyMails, database)
    redelivery = providers.Singleton(RedeliveryPolicy)
    broker = providers.Singleton(
        RabbitMqBroker,
        settings.provided.rabbitmq_url,
        clock,
        redelivery,
        name="notification",
        heartbeat=settings.provided.rabbitmq_heartbeat,
    )
    publisher = providers.Singleton(CountedPublisher, broker)
    consumer = providers.Singleton(CountedConsumer, broker)
    composer = providers.Singleton(TemplateMailComposer, settings.provided.public_url)
    mailer = providers.Singleton(
        SmtpMailer, settings.provided.smtp_server, clock, sender=settings.provided.mail_from
    )

    app = providers.Container(
        NotificationContainer,
        composer=composer,
        mailer=mailer,
        delivery_log=delivery_log,
        publisher=publisher,
        clock=clock,
        mails=mails,
        mails_per_hour=settings.provided.mails_per_hour,
    )


async def serve(settings: NotificationSettings) -> bool:
    """Send mails until SIGTERM or SIGINT, and tell whether all went well.

    Raises:
        AddressInUseError: the address for health, or that for metrics, is taken.
    """
    runtime = NotificationRuntime(settings=settings)
    broker, log, mails, clock = runtime.broker(), runtime.delivery_log(), runtime.mails(), runtime.clock()
    preparation = StartupTasks(
        {
            "the delivery log": log.prepare,
            "the mails of the hour": mails.prepare,
            "RabbitMQ": broker.open,
            "the queues": lambda: broker.declare([NOTIFICATION_SUBSCRIPTION, LINK_SUBSCRIPTION]),
        }
    )
    housekeeping = Housekeeping(
        {
            "forget old deliveries": lambda: log.forget_before(clock.now() - settings.keep_deliveries),
            "forget old counts of mails": lambda: mails.forget_before(clock.now() - settings.keep_deliveries),
        },
        every=settings.housekeeping_every,
    )
    digests = Housekeeping({"send digests": runtime.app().send_digests()}, every=_DIGESTS_EVERY)

    async def notify(stopping: asyncio.Event) -> None:
        await runtime.consumer().consume(
            NOTIFICATION_SUBSCRIPTION, runtime.app().announce_outcome(), stopping=stopping
        )

    async def mail_links(stopping: asyncio.Event) -> None:
        await runtime.consumer().consume(LINK_SUBSCRIPTION, runtime.app().mail_link(), stopping=stopping)

    workers = Workers(
        {
            "preparation": preparation.run,
            "notification": preparation.before(notify),
            "links": preparation.before(mail_links),
            "digests": preparation.before(lambda stopping: digests.run(stopping=stopping)),
            "housekeeping": preparation.before(lambda stopping: housekeeping.run(stopping=stopping)),
        },
        drain=settings.drain,
    )
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(listen(settings.host, settings.port))
        metrics = stack.enter_context(listen(*settings.metrics_address, setting=METRICS_PORT))
        stack.push_async_callback(runtime.database().close)
        stack.push_async_callback(broker.close)
        application = create_operations_app(
            "notification",
            {
                "preparation": preparation.check,
                "MongoDB": lambda: log.release("nothing"),
                "RabbitMQ": broker.check,
            },
        )
        return await run_service(
            application,
            workers,
            listening,
            metrics=metrics,
            drain=settings.drain,
            limits=ConnectionLimits.of(settings),
        )
