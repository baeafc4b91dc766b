import asyncio
import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, inspect, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.contracts.examples import (
    ADA,
    NOW,
    a_conversion,
    a_full_conversion,
    a_mailed_token,
    a_second_factor,
    a_session,
    a_user,
    an_api_key,
    an_external_identity,
)
from tests.integration.conftest import EngineMaker
from tracklift_adapters.sql import migrate as migrate_module
from tracklift_adapters.sql.api_keys import SqlApiKeyRepository
from tracklift_adapters.sql.conversion_rows import conversion_to_row
from tracklift_adapters.sql.conversions import SqlConversionRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.external_identities import SqlExternalIdentityRepository
from tracklift_adapters.sql.mailed_tokens import SqlMailedTokenRepository
from tracklift_adapters.sql.migrate import migrate, migrate_back, migration_config
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.second_factors import SqlSecondFactorRepository
from tracklift_adapters.sql.sessions import SqlSessionRepository
from tracklift_adapters.sql.sqlite import WRITING
from tracklift_adapters.sql.tables import conversions as table
from tracklift_adapters.sql.tables import metadata
from tracklift_adapters.sql.users import SqlUserRepository
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.user.mailed_link.errors import InvalidMailedTokenError
from tracklift_domain.user.quota import UserQuota
from tracklift_domain.user.role import Role
from tracklift_domain.user.second_factor.errors import SecondFactorNotFoundError
from tracklift_domain.user.sign_in_provider.errors import ExternalIdentityNotFoundError
from tracklift_domain.user.user import NO_PASSWORD

SIGN_UP_OF_THE_FIRST_RELEASE = f"""
INSERT INTO users (id, email, password_hash, created_at)
VALUES ('{ADA}', 'ada@example.org', 'a hash', '2026-02-03 04:05:06.789123')
"""  # noqa: S608  # of the tests' own making
ADA_ROW = {"id": ADA}
MIGRATION_OF_THE_NEXT_RELEASE = """
import sqlalchemy as sa
from alembic import op

revision = "0016_from_0015"
down_revision = "0015_from_0003"


def upgrade() -> None:
    op.add_column("users", sa.Column("nickname", sa.String(50)))
"""


def as_before_shared_videos() -> Conversion:
    """Give a full conversion as a release has it that makes one conversion of each video."""
    return replace(
        a_full_conversion(),
        uploaded_as=None,
        source_kept_until=None,
        reserved_bytes=None,
        outcome_revision=None,
    )


def as_before_uploads() -> Conversion:
    """Give a full conversion as a release has it that can't resume uploads."""
    full = as_before_shared_videos()
    assert full.audio is not None
    return replace(
        full,
        upload=None,
        source=replace(full.source, is_sound_extract=False),
        audio=replace(full.audio, peaks=b""),
    )


def differences(connection: Connection) -> list[Any]:
    """Compare the tables that are there with those that the code knows."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": metadata}
    )
    return list(compare_metadata(context, metadata))


def table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def version_of_tables(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def columns_of_conversions(connection: Connection) -> list[Any]:
    return list(inspect(connection).get_columns("conversions"))


async def go_back_and_come_back(engine: AsyncEngine, version: str) -> None:
    """Take the tables back to a version, as a rollback does, and forward again, as the next upgrade does."""
    async with engine.execution_options(**WRITING).begin() as connection:
        await connection.run_sync(lambda inside: command.downgrade(migration_config(inside), version))
    await migrate(engine)


def go_back_to_the_fourth_tables(connection: Connection) -> None:
    command.downgrade(migration_config(connection), "0004_from_0003")


def go_back_to_the_second_tables(connection: Connection) -> None:
    command.downgrade(migration_config(connection), "0002")


def go_back_to_the_first_tables(connection: Connection) -> None:
    command.downgrade(migration_config(connection), "0001")


def go_down(connection: Connection) -> None:
    command.downgrade(migration_config(connection), "base")


# Each run takes all migrations up, down and up again, and looks after the rows of the newest.
of_a_migration_that_changes_no_more = pytest.mark.thorough


class TestSqlMigrations:
    async def test_the_migrations_give_exactly_the_tables_that_the_code_knows(
        self, engine: AsyncEngine
    ) -> None:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []

    async def test_a_difference_would_be_found(self, engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE outbox RENAME TO letters"))

            assert len(await connection.run_sync(differences)) > 0
            await connection.execute(text("ALTER TABLE letters RENAME TO outbox"))

    async def test_migrating_again_changes_nothing(self, engine: AsyncEngine) -> None:
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        await conversions.add(a_conversion())

        await migrate(engine)

        assert await conversions.get(a_conversion().id) == a_conversion()

    async def test_the_migrations_go_down_and_up_again(self, engine: AsyncEngine) -> None:
        async with engine.execution_options(**WRITING).begin() as connection:
            await connection.run_sync(go_down)
            assert await connection.run_sync(table_names) == {"alembic_version"}

        await migrate(engine)

        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []

    async def test_users_of_the_first_release_are_there_afterwards(self, engine: AsyncEngine) -> None:
        """Nobody has proved to read their mail yet."""
        async with engine.execution_options(**WRITING).begin() as connection:
            await connection.run_sync(go_back_to_the_first_tables)
        async with engine.execution_options(**WRITING).begin() as connection:
            await connection.execute(text(SIGN_UP_OF_THE_FIRST_RELEASE))

        await migrate(engine)

        database = SqlDatabase(engine)
        user = await SqlUserRepository(database, SqlOutbox(database)).get(ADA)
        assert (user.email.value, user.email_verified_at, user.revision) == ("ada@example.org", None, 1)

    @of_a_migration_that_changes_no_more
    async def test_users_go_back_to_the_first_tables_and_come_back(self, engine: AsyncEngine) -> None:
        """A rollback and the next upgrade: all keep their passwords; who had verified an address has to do it again."""
        database = SqlDatabase(engine)
        users = SqlUserRepository(database, SqlOutbox(database))
        await users.add(a_user(email_verified_at=NOW))

        async with engine.execution_options(**WRITING).begin() as connection:
            await connection.run_sync(go_back_to_the_first_tables)
        async with database.write() as connection:
            await connection.execute(text("UPDATE users SET password_hash = 'newer' WHERE id = :id"), ADA_ROW)
        await migrate(engine)

        user = await users.get(ADA)
        assert (user.email, user.password_hash) == (a_user().email, "newer")
        assert (user.email_verified_at, user.revision) == (None, 1)

    async def test_going_back_twice_by_mistake_goes_back_once(self, engine: AsyncEngine) -> None:
        await migrate_back(engine)

        with pytest.raises(
            ServiceUnavailableError, match=r"of version 0014_from_0003, not of 0015_from_0003"
        ):
            await migrate_back(engine)

    async def test_the_release_before_signs_up_users_and_deletes_them_on_the_newest_tables(
        self, engine: AsyncEngine
    ) -> None:
        """While a new release is rolled out both are at work, with the statements that each knows."""
        database = SqlDatabase(engine)
        users = SqlUserRepository(database, SqlOutbox(database))
        tokens = SqlMailedTokenRepository(database, SqlOutbox(database))
        async with database.write() as connection:
            await connection.execute(text(SIGN_UP_OF_THE_FIRST_RELEASE))
            await connection.execute(text("UPDATE users SET password_hash = 'newer' WHERE id = :id"), ADA_ROW)

        changed = (await users.get(ADA)).with_verified_email(NOW)
        await users.replace(changed)
        await tokens.add(a_mailed_token(), at_most=1)

        assert changed.password_hash == "newer"
        async with database.write() as connection:
            await connection.execute(text("DELETE FROM users WHERE id = :id"), ADA_ROW)
        with pytest.raises(InvalidMailedTokenError):
            await tokens.get(a_mailed_token().token_hash)

    async def test_the_release_before_deletes_users_who_have_api_keys(self, engine: AsyncEngine) -> None:
        """The tables take the keys along, whichever release deletes."""
        database = SqlDatabase(engine)
        users = SqlUserRepository(database, SqlOutbox(database))
        keys = SqlApiKeyRepository(database, SqlOutbox(database))
        await users.add(a_user())
        await keys.add(an_api_key(), at_most=1)

        async with database.write() as connection:
            await connection.execute(text("DELETE FROM users WHERE id = :id"), ADA_ROW)

        assert await keys.list_of(ADA) == []

    @of_a_migration_that_changes_no_more
    async def test_users_stay_when_api_keys_are_taken_back(self, engine: AsyncEngine) -> None:
        database = SqlDatabase(engine)
        users = SqlUserRepository(database, SqlOutbox(database))
        keys = SqlApiKeyRepository(database, SqlOutbox(database))
        await users.add(a_user())
        await keys.add(an_api_key(), at_most=1)

        await go_back_and_come_back(engine, "0004_from_0003")

        assert await users.get(ADA) == a_user()
        assert await keys.list_of(ADA) == []

    @of_a_migration_that_changes_no_more
    async def test_sessions_go_back_to_the_tables_of_the_release_before_and_come_back(
        self, engine: AsyncEngine
    ) -> None:
        """Their users stay logged in; what they were begun with is forgotten."""
        database = SqlDatabase(engine)
        sessions = SqlSessionRepository(database, SqlOutbox(database))
        await SqlUserRepository(database, SqlOutbox(database)).add(a_user())
        await sessions.add(a_session(device="Firefox on Linux", last_used_at=NOW))

        await go_back_and_come_back(engine, "0006_from_0003")

        assert await sessions.get(a_session().id) == a_session()

    @of_a_migration_that_changes_no_more
    async def test_users_stay_when_external_identities_are_taken_back(self, engine: AsyncEngine) -> None:
        """One who signs in with a provider only keeps the account, and is known by the address again."""
        database = SqlDatabase(engine)
        users = SqlUserRepository(database, SqlOutbox(database))
        identities = SqlExternalIdentityRepository(database, SqlOutbox(database))
        user, identity = a_user(password_hash=NO_PASSWORD, email_verified_at=NOW), an_external_identity()
        await identities.add_with_user(identity, user)

        await go_back_and_come_back(engine, "0007_from_0003")

        assert await users.get(ADA) == user
        with pytest.raises(ExternalIdentityNotFoundError):
            await identities.get(identity.issuer, identity.subject)

    @of_a_migration_that_changes_no_more
    async def test_users_stay_when_roles_are_taken_back(self, engine: AsyncEngine) -> None:
        """All are users again, and none is disabled: the release before knows neither."""
        database = SqlDatabase(engine)
        users = SqlUserRepository(database, SqlOutbox(database))
        await users.add(a_user(role=Role.ADMIN, disabled_at=NOW))

        await go_back_and_come_back(engine, "0008_from_0003")

        assert await users.get(ADA) == a_user()

    @of_a_migration_that_changes_no_more
    async def test_users_stay_when_second_factors_are_taken_back(self, engine: AsyncEngine) -> None:
        """Their password is enough: the release before asks for no more."""
        database = SqlDatabase(engine)
        outbox = SqlOutbox(database)
        users, factors = SqlUserRepository(database, outbox), SqlSecondFactorRepository(database, outbox)
        await users.add(a_user())
        await factors.begin(a_second_factor())

        await go_back_and_come_back(engine, "0009_from_0003")

        assert await users.get(ADA) == a_user()
        with pytest.raises(SecondFactorNotFoundError):
            await factors.get(ADA)

    @of_a_migration_that_changes_no_more
    async def test_conversions_go_back_to_the_twelfth_tables_and_come_back(self, engine: AsyncEngine) -> None:
        """A rollback and the next upgrade: no conversion shares a video any more, and none keeps one."""
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        full = a_full_conversion()
        await conversions.add(full)

        await go_back_and_come_back(engine, "0012_from_0003")

        assert await conversions.get(full.id) == as_before_shared_videos()
        assert full != as_before_shared_videos()

    @of_a_migration_that_changes_no_more
    async def test_conversions_go_back_to_the_tenth_tables_and_come_back(self, engine: AsyncEngine) -> None:
        """A rollback and the next upgrade: what was declared of uploads is lost, so they begin anew."""
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        full = a_full_conversion()
        await conversions.add(full)

        await go_back_and_come_back(engine, "0010_from_0003")

        assert await conversions.get(full.id) == as_before_uploads()
        assert full != as_before_uploads()

    @of_a_migration_that_changes_no_more
    async def test_conversions_go_back_to_the_eleventh_tables_and_come_back(
        self, engine: AsyncEngine
    ) -> None:
        """A rollback and the next upgrade: the peaks are lost, so a page draws no waveform of these MP3s."""
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        full = as_before_shared_videos()
        await conversions.add(full)

        await go_back_and_come_back(engine, "0011_from_0003")

        assert full.audio is not None
        assert await conversions.get(full.id) == replace(full, audio=replace(full.audio, peaks=b""))

    async def test_conversions_and_users_go_back_to_the_thirteenth_tables_and_come_back(
        self, engine: AsyncEngine
    ) -> None:
        """A rollback and the next upgrade: limits of single users are lost, and the month begins anew."""
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        users = SqlUserRepository(database, SqlOutbox(database))
        full, limited = a_full_conversion(), a_user(quota=UserQuota(audio_minutes=5))
        await conversions.add(full)
        await users.add(limited)

        await go_back_and_come_back(engine, "0013_from_0003")

        assert await conversions.get(full.id) == replace(full, reserved_bytes=None, outcome_revision=None)
        assert await users.get(limited.id) == a_user()

    async def test_conversions_go_back_to_the_tables_before_these_and_come_back(
        self, engine: AsyncEngine
    ) -> None:
        """A rollback and the next upgrade: the outcome takes its event's id from the revision that is stored."""
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        full = a_full_conversion()
        await conversions.add(full)

        await migrate_back(engine)
        await migrate(engine)

        assert await conversions.get(full.id) == replace(full, outcome_revision=None)

    @of_a_migration_that_changes_no_more
    async def test_conversions_go_back_to_the_fourth_tables_and_come_back(self, engine: AsyncEngine) -> None:
        """A rollback and the next upgrade: all is there but what only the newest tables keep."""
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        full = as_before_uploads()
        await conversions.add(full)

        async with engine.execution_options(**WRITING).begin() as connection:
            await connection.run_sync(go_back_to_the_fourth_tables)
            columns = {column["name"] for column in await connection.run_sync(columns_of_conversions)}
        await migrate(engine)

        assert "owner_email_verified" not in columns
        assert not full.owner.email_verified
        assert await conversions.get(full.id) == replace(
            full, owner=replace(full.owner, email_verified=True)
        ), "the release before mails every outcome"

    @of_a_migration_that_changes_no_more
    async def test_conversions_go_back_to_the_second_tables_and_come_back(self, engine: AsyncEngine) -> None:
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        full = as_before_uploads()
        await conversions.add(full)

        async with engine.execution_options(**WRITING).begin() as connection:
            await connection.run_sync(go_back_to_the_second_tables)
            columns = {column["name"] for column in await connection.run_sync(columns_of_conversions)}
        await migrate(engine)

        assert not columns & {"further_options", "source_track", "source_tracks", "audio_chapters"}
        assert full.audio is not None
        assert await conversions.get(full.id) == replace(
            full,
            unconfirmed_since=None,
            owner=replace(full.owner, email_verified=True),
            options=replace(full.options, track=1),
            source=replace(full.source, track=None, tracks=()),
            audio=replace(full.audio, damage=None, chapters=(), peaks=b""),
            reserved_bytes=None,
        )

    async def test_the_release_before_goes_on_with_conversions_on_the_newest_tables(
        self, engine: AsyncEngine
    ) -> None:
        """It writes the columns that it knows; options that it does not know are not lost with its writes."""
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        full = as_before_uploads()
        await conversions.add(full)

        async with database.write() as connection:
            options = (await connection.execute(text("SELECT options FROM conversions"))).scalar_one()
            known = json.loads(options)
            assert known["track"] == 1
            del known["keep_delay"]
            await connection.execute(
                text("UPDATE conversions SET options = :options, attempt = 4, revision = revision + 1"),
                {"options": json.dumps(known)},
            )

        assert await conversions.get(full.id) == replace(full, attempt=4, revision=full.revision + 1)

    async def test_what_the_next_release_adds_to_tracks_chapters_and_damage_is_ignored(
        self, engine: AsyncEngine
    ) -> None:
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        full = as_before_uploads()
        row = conversion_to_row(full)
        for part in (*row["source_tracks"], *row["audio_chapters"], row["audio_damage"], row["options"]):
            part["mood"] = "good"
        async with database.write() as connection:
            await connection.execute(insert(table).values(row))

        assert await conversions.get(full.id) == full

    async def test_a_damage_that_was_stored_without_a_missing_end_has_none(self, engine: AsyncEngine) -> None:
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        full = as_before_uploads()
        row = conversion_to_row(full)
        del row["audio_damage"]["cut_off"]
        async with database.write() as connection:
            await connection.execute(insert(table).values(row))

        assert full.audio is not None
        assert full.audio.damage is not None
        damage = replace(full.audio.damage, cut_off=None)
        assert await conversions.get(full.id) == replace(full, audio=replace(full.audio, damage=damage))

    async def test_a_conversion_that_the_release_before_stores_is_read_as_it_means_it(
        self, engine: AsyncEngine
    ) -> None:
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        row = conversion_to_row(a_conversion(options=AudioOptions(track=2)))
        del row["owner_email_verified"]
        async with database.write() as connection:
            await connection.execute(insert(table).values(row))

        assert a_conversion().owner.email_verified, "the release before mails every outcome"
        assert await conversions.get(a_conversion().id) == a_conversion(options=AudioOptions(track=2))

    async def test_a_track_that_the_release_before_was_asked_for_meanwhile_counts(
        self, engine: AsyncEngine
    ) -> None:
        """It ends an upload that this one began, and leaves alone what it does not know."""
        database = SqlDatabase(engine)
        conversions = SqlConversionRepository(database, SqlOutbox(database))
        await conversions.add(a_conversion(options=AudioOptions(track="eng")))
        options = conversion_to_row(a_conversion(options=AudioOptions(track=2)))["options"]
        async with database.write() as connection:
            await connection.execute(update(table).values(options=options))

        assert (await conversions.get(a_conversion().id)).options.track == 2

    async def test_processes_that_start_together_migrate_once(self, make_engine: EngineMaker) -> None:
        """Each has an engine of its own; the later ones wait for the first and find its work done."""
        engines = [make_engine() for _ in range(5)]

        await asyncio.gather(*map(migrate, engines))

        async with engines[0].connect() as connection:
            assert await connection.run_sync(differences) == []

    async def test_the_migrations_are_found_wherever_the_package_lies(
        self, make_engine: EngineMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In a folder, say, whose name means something to the reader of settings."""
        elsewhere = tmp_path / "100% other [folder]; %(here)s"
        copytree(Path(migrate_module.__file__).with_name("migrations"), elsewhere / "migrations")
        monkeypatch.setattr(migrate_module, "__file__", str(elsewhere / "migrate.py"))
        engine = make_engine()

        await migrate(engine)

        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []

    async def test_a_release_starts_on_tables_of_the_next_one_that_say_so(
        self, make_engine: EngineMaker, tmp_path: Path
    ) -> None:
        """As after a rollback: it leaves what it does not know as it is, and works."""
        engine = make_engine()
        with pytest.MonkeyPatch.context() as next_release:
            copytree(Path(migrate_module.__file__).with_name("migrations"), tmp_path / "migrations")
            (tmp_path / "migrations/versions/0016_nicknames.py").write_text(MIGRATION_OF_THE_NEXT_RELEASE)
            next_release.setattr(migrate_module, "__file__", str(tmp_path / "migrate.py"))
            await migrate(engine)

        await migrate(engine)

        database = SqlDatabase(engine)
        users = SqlUserRepository(database, SqlOutbox(database))
        await users.add(a_user())
        assert await users.get(ADA) == a_user()
        async with engine.connect() as connection:
            assert await connection.run_sync(version_of_tables) == "0016_from_0015"
            assert len(await connection.run_sync(differences)) == 1

    @pytest.mark.parametrize("version", ["0017_from_0016", "9999", "0016_from_", "nonsense"])
    async def test_tables_that_are_too_new_are_left_alone(self, engine: AsyncEngine, version: str) -> None:
        async with engine.begin() as connection:
            await connection.execute(
                text("UPDATE alembic_version SET version_num = :version"), {"version": version}
            )

        with pytest.raises(ServiceUnavailableError, match=rf"do not fit this version.*{version}"):
            await migrate(engine)
