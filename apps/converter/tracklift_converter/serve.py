"""Runs the converter until a signal stops it."""

from litestar import Litestar

from tracklift_adapters.http.application.operations_app import create_operations_app
from tracklift_adapters.http.server.listeners import open_listeners
from tracklift_adapters.http.server.service import run_service
from tracklift_converter.container import ConverterContainer, build
from tracklift_converter.settings import ConverterSettings
from tracklift_converter.subscription import converter_subscription
from tracklift_runtime.startup_tasks import StartupTasks
from tracklift_runtime.workers import Workers


async def serve(settings: ConverterSettings) -> bool:
    """Convert until SIGTERM or SIGINT, and return whether everything went well.

    Raises:
        AddressInUseError: the address for health checks, or the one for metrics, is in use.
    """
    with open_listeners(settings) as listeners:
        container = build(settings)
        async with container.exits():
            startup_tasks = _startup_tasks(container)
            return await run_service(
                _make_application(container, startup_tasks),
                _make_workers(container, startup_tasks),
                listeners,
                settings,
            )


def _startup_tasks(container: ConverterContainer) -> StartupTasks:
    broker, extractor = container.broker(), container.extractor()
    subscription = converter_subscription(container.settings().converters)
    return StartupTasks(
        {
            "MongoDB": container.conversions().prepare,
            "GridFS": container.media().prepare,
            "RabbitMQ": broker.open,
            "the queue": lambda: broker.declare([subscription]),
            "the feed": container.feed().open,
            "the scratch folder": extractor.sweep_jobs,
            "the process for extractions": extractor.prepare,
        }
    )


def _make_application(container: ConverterContainer, startup_tasks: StartupTasks) -> Litestar:
    return create_operations_app(
        "converter",
        {
            "preparation": startup_tasks.check,
            "MongoDB": lambda: container.outbox().pending(limit=1),
            "RabbitMQ": container.broker().check,
        },
    )


def _make_workers(container: ConverterContainer, startup_tasks: StartupTasks) -> Workers:
    settings = container.settings()
    subscription = converter_subscription(settings.converters)
    run_conversion = container.use_cases().run_conversion()
    return Workers(
        {
            "start-up tasks": startup_tasks.run,
            "converter": startup_tasks.before(
                lambda stopping: container.consumer().consume(subscription, run_conversion, stopping=stopping)
            ),
        },
        last={"relay": startup_tasks.before(lambda stopping: container.relay().run(stopping=stopping))},
        drain=settings.drain,
    )
