"""The use cases of notification, for any set of adapters."""

from dependency_injector import containers, providers

from tracklift_domain.clock import Clock
from tracklift_domain.messaging.handlers_by_type import HandlersByType
from tracklift_domain.messaging.ports import EventPublisher
from tracklift_domain.notification.announce_outcome import AnnounceOutcome
from tracklift_domain.notification.confirm_outcome import ConfirmOutcome
from tracklift_domain.notification.mail_link import MailLink
from tracklift_domain.notification.ports import DeliveryLog, HourlyMails, MailComposer, Mailer
from tracklift_domain.notification.send_digests import SendDigests
from tracklift_domain.notification.send_once import SendOnce
from tracklift_domain.notification.tell_of_account_change import TellOfAccountChange
from tracklift_domain.user.events import UserEmailChanged
from tracklift_domain.user.mailed_link.events import EmailChangeRequested, UserInvited
from tracklift_domain.user.second_factor.events import SecondFactorRemoved


class NotificationUseCases(containers.DeclarativeContainer):
    """The use cases behind notification's queues."""

    composer: providers.Dependency[MailComposer] = providers.Dependency()
    mailer: providers.Dependency[Mailer] = providers.Dependency()
    delivery_log: providers.Dependency[DeliveryLog] = providers.Dependency()
    publisher: providers.Dependency[EventPublisher] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    mails: providers.Dependency[HourlyMails] = providers.Dependency()
    mails_per_hour: providers.Dependency[int] = providers.Dependency(instance_of=int)

    send_once = providers.Singleton(SendOnce, composer=composer, mailer=mailer, log=delivery_log, clock=clock)
    announce_outcome = providers.Singleton(
        ConfirmOutcome,
        providers.Singleton(
            AnnounceOutcome, send_once=send_once, mails=mails, clock=clock, mails_per_hour=mails_per_hour
        ),
        publisher=publisher,
        clock=clock,
    )
    send_digests = providers.Singleton(SendDigests, mails=mails, send_once=send_once, clock=clock)
    mail_link = providers.Singleton(MailLink, send_once=send_once, clock=clock)
    tell_of_account_change = providers.Singleton(TellOfAccountChange, send_once=send_once)
    mail_about_account = providers.Singleton(
        HandlersByType,
        providers.Dict(
            {
                UserInvited: mail_link,
                EmailChangeRequested: mail_link,
                UserEmailChanged: tell_of_account_change,
                SecondFactorRemoved: tell_of_account_change,
            }
        ),
    )
