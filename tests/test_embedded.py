"""The embedded servers: started by whoever comes first, kept while anybody uses them, mended after any kill."""

import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from tests.embedded_users import (
    PROJECT,
    User,
    copy_packages,
    holders,
    is_noted,
    keeper_of,
    note,
    processes_of,
    server_of,
    urls_of,
)
from tests.missing import program
from tests.processes import until
from unroller.embedded import Urls

IS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def warm_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a space in its name, below a folder closed to others."""
    closed = tmp_path_factory.mktemp("closed home")
    closed.chmod(0o700)
    data = closed / "my data"
    yield data
    user = User(data)
    user.ensure()
    user.ask("leave")
    user.kill()


@pytest.fixture
def start() -> Iterator[Callable[..., User]]:
    """Starts users, and ends them after the test."""
    users: list[User] = []

    def start_user(
        data: Path, *, python: str = sys.executable, path: Path = PROJECT, account: str | None = None
    ) -> User:
        users.append(User(data, python=python, path=path, account=account))
        return users[-1]

    yield start_user
    for user in users:
        user.kill()


@pytest.fixture
def urls(warm_folder: Path, user: User) -> Urls:
    return user.ensure()


@pytest.fixture
def user(warm_folder: Path, start: Callable[..., User]) -> User:
    return start(warm_folder)


@pytest.fixture(scope="module")
def open_packages() -> Iterator[Path]:
    """A folder with the code and the wheels that anybody may read: pytest's folders are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="unroller-test-"))
    copy_packages(folder)
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of an ordinary user's."""
    folder = Path(tempfile.mkdtemp(prefix="unroller-test-"))
    shutil.chown(folder, "nobody")
    yield folder
    shutil.rmtree(folder)


def test_both_servers_answer_with_the_settings_the_site_relies_on(urls: Urls) -> None:
    with psycopg.connect(urls.database_url) as connection:
        (row,) = connection.execute(
            """SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),
                      datlocprovider::text, datlocale, current_setting('fsync'), rolsuper, rolcreatedb,
                      current_setting('max_connections')
               FROM pg_database, pg_roles WHERE datname = current_database() AND rolname = current_user"""
        )
    assert row == (18, "UTF8", "b", "C.UTF-8", "on", False, True, "200")
    with redis.Redis.from_url(urls.redis_url) as valkey:
        settings = {**valkey.config_get("append*"), **valkey.config_get("maxmemory-policy")}
    assert (settings["appendonly"], settings["appendfsync"]) == ("yes", "no")
    assert settings["maxmemory-policy"] == "noeviction"


def test_other_users_of_the_machine_do_not_get_in(warm_folder: Path, urls: Urls) -> None:
    for stranger in (
        urls.database_url.replace("@", "no@"),
        urls.database_url.replace("unroller", "postgres"),
    ):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(stranger)
    with (
        redis.Redis.from_url("redis://" + urls.redis_url.partition("@")[2]) as valkey,
        pytest.raises(redis.AuthenticationError),
    ):
        valkey.ping()
    for secret in (
        warm_folder / "servers" / "state.json",
        *(warm_folder / "servers" / name / "access.json" for name in ("postgres", "valkey")),
    ):
        assert secret.stat().st_mode & 0o077 == 0
    passwords = [url.rpartition("@")[0].rpartition(":")[2].encode() for url in (urls.database_url, urls.redis_url)]
    for process in processes_of(warm_folder):
        arguments = Path(f"/proc/{process}/cmdline").read_bytes()
        assert not any(password in arguments for password in passwords)


def test_all_users_share_one_keeper_and_the_servers_stay_while_one_is_left(
    warm_folder: Path, start: Callable[..., User], urls: Urls, user: User
) -> None:
    keeper, other = keeper_of(warm_folder), start(warm_folder)
    assert other.ensure() == urls
    user.ask("leave")
    assert keeper_of(warm_folder) == keeper
    note(urls, "still here")


def test_data_and_ports_outlive_the_servers(warm_folder: Path, urls: Urls, user: User) -> None:
    note(urls, "kept")
    user.ask("leave")
    assert not processes_of(warm_folder)
    began = time.monotonic()
    assert user.ensure() == urls
    assert time.monotonic() - began < 5
    assert is_noted(urls, "kept")


def test_nothing_is_left_soon_after_the_last_user_was_killed(warm_folder: Path, urls: Urls, user: User) -> None:
    assert processes_of(warm_folder)
    user.kill()
    until(lambda: not processes_of(warm_folder), what="all processes gone")


def test_servers_end_with_a_killed_keeper_and_the_next_user_mends_them(
    warm_folder: Path, urls: Urls, user: User
) -> None:
    note(urls, "before the keeper was killed")
    servers = {server_of(warm_folder, "postgres"), server_of(warm_folder, "valkey")}
    keeper = keeper_of(warm_folder)
    os.kill(keeper, signal.SIGKILL)
    until(lambda: keeper not in processes_of(warm_folder), what="keeper gone")
    assert user.ask("mend") == "None"
    assert user.ensure() == urls
    assert is_noted(urls, "before the keeper was killed")
    assert servers.isdisjoint(processes_of(warm_folder))


def test_a_killed_keeper_takes_its_servers_along_when_nobody_comes(warm_folder: Path, urls: Urls, user: User) -> None:
    keeper = keeper_of(warm_folder)
    user.kill()
    os.kill(keeper, signal.SIGKILL)
    until(lambda: not processes_of(warm_folder), what="all processes gone")


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_killed_server_is_back_at_the_same_address_with_all_it_had_promised(
    warm_folder: Path, urls: Urls, user: User, name: str
) -> None:
    note(urls, f"before {name} was killed")
    keeper, server = keeper_of(warm_folder), server_of(warm_folder, name)
    with psycopg.connect(urls.database_url):  # a connection in use does not hinder it
        os.kill(server, signal.SIGKILL)
        until(lambda: server not in processes_of(warm_folder), what="server gone")
        assert user.ensure() == urls
    assert is_noted(urls, f"before {name} was killed")
    assert keeper_of(warm_folder) == keeper


def test_a_port_taken_meanwhile_is_exchanged(warm_folder: Path, urls: Urls, user: User) -> None:
    note(urls, "before the port was taken")
    user.ask("leave")
    port = int(urls.database_url.rpartition(":")[2].partition("/")[0])
    with socket.create_server(("127.0.0.1", port)):
        moved = user.ensure()
    assert moved.database_url != urls.database_url
    assert moved.redis_url == urls.redis_url
    assert is_noted(moved, "before the port was taken")


def test_a_pid_file_that_names_another_process_after_a_reboot_does_not_hinder(
    warm_folder: Path, urls: Urls, user: User
) -> None:
    user.ask("leave")
    left_over = warm_folder / "servers" / "postgres" / "cluster" / "postmaster.pid"
    left_over.write_text(f"{os.getpid()}\n{warm_folder}\n")
    assert user.ensure() == urls


def test_two_at_once_in_a_new_folder_start_one_keeper(tmp_path: Path, start: Callable[..., User]) -> None:
    half_made = tmp_path / "servers" / "postgres" / "cluster.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    users = [start(tmp_path) for _ in range(3)]
    for user in users:
        user.tell("ensure")
    first, *others = (urls_of(user.answer()) for user in users)
    assert others == [first, first]
    note(first, "shared")
    assert not half_made.exists()
    assert len(holders(tmp_path / "servers" / "keeper.lock")) == 1


def test_a_folder_made_anew_gets_servers_of_its_own(tmp_path: Path, start: Callable[..., User]) -> None:
    data = tmp_path / "data"
    user = start(data)
    old = user.ensure()
    note(old, "gone")
    old_processes = processes_of(data)
    data.rename(tmp_path / "removed")
    new = user.ensure()
    assert new.database_url != old.database_url
    with psycopg.connect(new.database_url) as connection:
        assert connection.execute("SELECT to_regclass('notes')").fetchone() == (None,)
    until(lambda: not any(Path(f"/proc/{process}/exe").exists() for process in old_processes), what="old ones gone")


def test_a_database_of_another_major_version_is_refused_in_a_sentence(
    tmp_path: Path, start: Callable[..., User]
) -> None:
    cluster = tmp_path / "servers" / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("17\n")
    assert "was made by PostgreSQL 17" in start(tmp_path).ask("ensure")


def test_a_server_that_cannot_start_shows_the_end_of_its_log(tmp_path: Path, start: Callable[..., User]) -> None:
    files = tmp_path / "servers" / "valkey" / "data" / "appendonlydir"
    files.mkdir(parents=True)
    (files / "appendonly.aof.manifest").write_text("nonsense\n")
    answer = start(tmp_path).ask("ensure")
    assert answer.startswith("error Valkey did not start.")
    assert "AOF manifest file" in answer
    assert not processes_of(tmp_path)


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, start: Callable[..., User]) -> None:
    (tmp_path / "file").touch()
    assert f"The data folder {tmp_path}/file/data cannot be used" in start(tmp_path / "file" / "data").ask("ensure")


@pytest.mark.skipif(not IS_ROOT, reason="only root can become an ordinary user")
def test_an_ordinary_user_needs_nothing_of_root(open_packages: Path, home: Path, start: Callable[..., User]) -> None:
    python = program("python3", untested="a Python outside root's folders", path=os.defpath)
    user = start(home / "data", python=python, path=open_packages, account="nobody")
    urls = user.ensure()
    note(urls, "by nobody")
    assert {home.owner()} == {Path(f"/proc/{process}").owner() for process in processes_of(home / "data")}
    user.ask("leave")
    assert user.ensure() == urls
    assert is_noted(urls, "by nobody")
    user.ask("leave")


@pytest.mark.skipif(not IS_ROOT, reason="anybody else runs the programs where they are")
def test_root_runs_postgres_as_somebody_else_even_from_a_closed_environment(
    open_packages: Path, tmp_path: Path, start: Callable[..., User]
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    environment = closed / "environment"
    shutil.copytree(open_packages, environment)
    data = closed / "data"
    user = start(data, path=environment)
    urls = user.ensure()
    note(urls, "by root")
    copy = (data / "servers" / "postgres" / "programs").readlink()
    assert Path(f"/proc/{server_of(data, 'postgres')}").owner() != "root"
    assert closed.stat().st_mode & 0o777 == 0o700
    user.ask("leave")
    assert not copy.exists()
    assert user.ensure() == urls
    assert is_noted(urls, "by root")
    user.ask("leave")
