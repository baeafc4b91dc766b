"""The use cases of notification, wired to whichever adapters the runtime brings."""

from dependency_injector import containers, providers

from tracklift_domain.clock import Clock
from tracklift_domain.notification.announce_outcome import AnnounceOutcome
from tracklift_domain.notification.ports import DeliveryLog, MailComposer, Mailer


class NotificationContainer(containers.DeclarativeContainer):
    """The use cases behind notification's queue."""

    composer: providers.Dependency[MailComposer] = providers.Dependency()
    mailer: providers.Dependency[Mailer] = providers.Dependency()
    delivery_log: providers.Dependency[DeliveryLog] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()

    announce_outcome = providers.Singleton(
        AnnounceOutcome, composer=composer, mailer=mailer, log=delivery_log, clock=clock
    )
