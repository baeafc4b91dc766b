"""The running services, with all that a test looks at from outside."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from pymongo import MongoClient
from pymongo.database import Database

from tests.end_to_end.accounts import Role, add_account, signed_in_user
from tests.end_to_end.mailed_links import verify_address
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.servers.environment import environment
from tests.servers.fixtures import corner
from tests.servers.servers import Servers
from tests.servers.smtp_sink import ReceivedMail, SmtpSink
from tests.services.queues import Queues
from tests.services.system import TrackliftServices, running_services


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Services that may serve several tests."""

    services: TrackliftServices
    servers: Servers
    mail_server: SmtpSink
    queues: Queues
    database: Database[dict[str, Any]]
    """That of MongoDB, over connections that share nothing with the services."""
    mongodb_url: str
    mysql_url: str
    rabbitmq_url: str

    @property
    def accounts(self) -> str:
        """The URL of the database of the users."""
        return self.mysql_url

    def new_user(self, email: str = "", role: Role = "user", *, verified: bool = True) -> User:
        """Give one whose account is made now, signed in; outcomes are mailed to a verified address."""
        email = email or f"{uuid4().hex}@example.org"
        user_id = add_account(self, email, role, verified=verified)
        if verified:
            # As auth's news of it would have done.
            self.database["verified_addresses"].insert_one({"_id": user_id, "email": email})
        return signed_in_user(self, self.services.address, email)

    def sign_up(self, email: str = "") -> User:
        """Have somebody sign up and verify the address by the link in the mail, as a newcomer does."""
        email = email or f"{uuid4().hex}@example.org"
        user = User(self.services.address, email).sign_up()
        (mail,) = wait_for(lambda: self.mails_to(email), "the mail to verify the address comes")
        return verify_address(user, mail.message)

    def mails_to(self, email: str) -> list[ReceivedMail]:
        """Give the mails that somebody got."""
        return [mail for mail in self.mail_server.mails if mail.recipients == (email,)]

    def mails_about_conversions(self, email: str) -> list[ReceivedMail]:
        """Give the mails that somebody got about conversions, and not about the account."""
        return [mail for mail in self.mails_to(email) if b"/conversions/" in mail.content]

    def mails_about(self, conversion_id: str) -> list[ReceivedMail]:
        """Give the mails that tell of a conversion."""
        return [mail for mail in self.mail_server.mails if conversion_id.encode() in mail.content]

    def wait_for_mail(self, conversion_id: str) -> ReceivedMail:
        """Wait until a mail tells of a conversion, and give it."""
        return wait_for(lambda: self.mails_about(conversion_id), f"a mail about {conversion_id} comes")[0]

    def convert(self, user: User, video: str = "one-second") -> str:
        """Have a video converted, wait for its mail, and give the conversion's id."""
        conversion = user.upload(sample(video))
        assert user.wait_for_end(conversion)["state"] == "completed"
        self.wait_for_mail(conversion)
        return conversion

    def result_of(self, user: User, conversion_id: str) -> tuple[str, list[str], int]:
        """Tell how a conversion stands: its state, the attempts whose files are stored, and the number of its mails."""
        files = [name.removeprefix(conversion_id) for name in self.files_of(conversion_id)]
        return user.record(conversion_id)["state"], files, len(self.mails_about(conversion_id))

    def knows_verified(self, email: str) -> bool:
        """Tell whether the services other than auth know that an address was verified."""
        return self.database["verified_addresses"].find_one({"email": email}) is not None

    def knows_conversion(self, conversion_id: str) -> bool:
        """Tell whether there is a record of a conversion, for any user."""
        return self.database["conversions"].find_one({"_id": conversion_id}) is not None

    def files_of(self, conversion_id: str) -> list[str]:
        """Name what the media store holds for a conversion."""
        files = self.database["media.files"]
        return [
            str(file["filename"])
            for file in files.find({"filename": {"$regex": f"^{conversion_id}"}}, {"filename": 1})
        ]

    def stray_chunks(self) -> int:
        """Count the parts of files in the media store that belong to no file."""
        database = self.database
        whole = database["media.files"].distinct("_id")
        return database["media.chunks"].count_documents({"files_id": {"$nin": whole}})

    def delete_stray_chunks(self) -> None:
        """Delete what writes that were cut off have left, which otherwise takes a day."""
        whole = self.database["media.files"].distinct("_id")
        self.database["media.chunks"].delete_many({"files_id": {"$nin": whole}})

    def restore(self) -> None:
        """Start what was killed and wait until all is ready."""
        self.servers.start()
        self.mail_server.behave_well()
        self.mail_server.start()
        for service in self.services.all:
            if not service.is_running:
                service.launch()
            service.thaw()
        for service in self.services.all:
            service.wait_until_ready()


@contextmanager
def stage_on(
    servers: Servers,
    folder: Path,
    *,
    converters: int = 1,
    settings: Mapping[str, str] | None = None,
    changes: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[Stage]:
    """Run the services on databases and a virtual host of their own; `changes`: settings of single services by name."""
    servers.start()
    with ExitStack() as stack:
        sink = stack.enter_context(SmtpSink())
        urls = {
            "TRACKLIFT_MYSQL_URL": stack.enter_context(corner(servers.mysql)),
            # So that nobody waits for a quarter of a minute for a server that is down.
            "TRACKLIFT_MONGODB_URL": f"{stack.enter_context(corner(servers.mongodb))}&serverSelectionTimeoutMS=4000",
            "TRACKLIFT_RABBITMQ_URL": stack.enter_context(corner(servers.rabbitmq)),
        }
        named = {**environment(servers, smtp_host=sink.host, smtp_port=sink.port), **urls}
        services = stack.enter_context(
            running_services(folder, named, converters=converters, settings=settings, changes=changes)
        )
        client = stack.enter_context(MongoClient[dict[str, Any]](urls["TRACKLIFT_MONGODB_URL"]))
        yield Stage(
            services=services,
            servers=servers,
            mail_server=sink,
            queues=Queues(urls["TRACKLIFT_RABBITMQ_URL"]),
            database=client.get_default_database(),
            mongodb_url=urls["TRACKLIFT_MONGODB_URL"],
            mysql_url=urls["TRACKLIFT_MYSQL_URL"],
            rabbitmq_url=urls["TRACKLIFT_RABBITMQ_URL"],
        )
