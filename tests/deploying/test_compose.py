"""compose.yaml and the systemd units: every queue is worked, every setting exists, and rights are few."""

import re
import subprocess
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml

from tests.processes import ROOT, free_port, until
from tests.test_operating import tasks
from unroller import env, serving
from unroller.celery import app
from unroller.embedded.postgres import Postgres
from unroller.embedded.programs import valkey_server

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("${UNROLLER_")}
WORKERS = {name: service for name, service in OURS.items() if " worker " in service["command"]}
ALWAYS = {name: service for name, service in WORKERS.items() if "profiles" not in service}
"""Others help them on a busy site."""
BEFORE_MIGRATING = ("migrate", "backup")
CAPABILITIES = {
    "proxy": {"NET_BIND_SERVICE"},
    "database": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"},
    "storage": {"DAC_OVERRIDE"},
}
"""What servers of others need back of what is taken from all; ours need nothing."""
WIDER = {"privileged", "pid", "ipc", "userns_mode", "network_mode", "devices", "cgroup", "group_add", "uts"}
"""Other ways out of a container."""
UNITS = ROOT / "packaging" / "systemd"
SECONDS = {"s": 1, "m": 60, "min": 60}


def queues_of(command: str) -> list[str]:
    (found,) = re.findall(r"(?:--queues|QUEUES)=(\S+)", command)
    return str(found).split(",")


def seconds(time: str) -> int:
    amount, unit = re.fullmatch(r"(\d+)(\w*)", time).groups()  # type: ignore[union-attr]
    return int(amount) * SECONDS[unit or "s"]


def longest(queues: list[str]) -> float:
    """What the longest task of some queues may take."""
    names = [name for queue in queues for name in tasks()[queue]]
    return max(
        float(app.conf.task_annotations.get(name, {}).get("time_limit", app.conf.task_time_limit)) for name in names
    )


def test_every_queue_is_worked_by_one_service() -> None:
    worked = [queue for service in ALWAYS.values() for queue in queues_of(service["command"])]
    assert sorted(worked) == sorted(tasks())


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_has_the_time_to_end_its_longest_task(name: str) -> None:
    assert seconds(WORKERS[name]["stop_grace_period"]) > longest(queues_of(WORKERS[name]["command"]))


def test_one_clock_runs_and_two_webs() -> None:
    clocks = [service for service in OURS.values() if " beat " in service["command"]]
    assert [clock["deploy"]["replicas"] for clock in clocks] == [1]
    webs = [name for name, service in OURS.items() if serving.__name__ in service["command"]]
    assert SERVICES["proxy"]["environment"]["WEBS"] == f"${{WEBS:-{' '.join(f'{name}:8000' for name in webs)}}}"
    assert len(webs) == 2
    assert all(
        seconds(OURS[web]["stop_grace_period"]) > serving.LEAVING_SECONDS + serving.LONGEST_SECONDS for web in webs
    )


@pytest.mark.parametrize("name", OURS)
def test_a_part_of_the_site_knows_its_settings_and_waits_for_the_migrations(name: str) -> None:
    service = OURS[name]
    given = {setting.removesuffix("_FILE") for setting in service["environment"]}
    assert given <= set(env.REGISTERED)
    files = {path for setting, path in service["environment"].items() if setting.endswith("_FILE")}
    assert files == {f"/run/secrets/{secret}" for secret in service["secrets"]}
    assert service["user"] == "10001:10001"
    assert "USER 10001:10001\n" in (ROOT / "Dockerfile").read_text()
    waits = service["depends_on"]
    assert name in BEFORE_MIGRATING or waits["migrate"]["condition"] == "service_completed_successfully"


def test_a_restore_finds_a_database_without_tables() -> None:
    assert list(SERVICES["backup"]["depends_on"]) == ["database"]


@pytest.mark.parametrize("name", BEFORE_MIGRATING)
def test_commands_have_room_for_their_largest_file(name: str) -> None:
    assert "making:/tmp" in SERVICES[name]["volumes"]
    assert SERVICES[name]["tmpfs"] == []


def test_the_proxy_sees_the_file_that_an_update_puts_in_the_place_of_its_own() -> None:
    """Git makes a new file, and where a file alone is mounted the container goes on to see the old one."""
    assert "./packaging/caddy:/etc/caddy:ro" in SERVICES["proxy"]["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_has_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service.get("cap_add", [])) == CAPABILITIES.get(name, set())
    assert WIDER & set(service) == set()
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["restart"] == ("no" if name in BEFORE_MIGRATING else "unless-stopped")
    assert "healthcheck" in service or serving.__name__ in service["command"]
    assert name in OURS or re.search(r":\d+\.\d+", service["image"]), "a version is named"
    assert ("ports" in service) == (name == "proxy")
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert set(service["networks"]) <= set(COMPOSE["networks"])


def test_init_may_tell_who_became_another_user_to_stop() -> None:
    """Without KILL init dies of the refusal, and the kernel kills everybody else in the container."""
    for name, service in SERVICES.items():
        added = set(service.get("cap_add", []))
        assert "SETUID" not in added or "KILL" in added or not service["init"], name
    assert "SETUID" in SERVICES["database"]["cap_add"]


def test_databases_sort_as_the_one_that_everything_was_tried_with() -> None:
    document = (ROOT / "docs" / "running.md").read_text()
    arguments = SERVICES["database"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    assert sorted(arguments) == sorted(Postgres.locale)
    assert set(Postgres.locale) <= set(document[document.index("createdb") :].split("unroller\n")[0].split())


def test_redis_asks_for_the_password_of_the_document(tmp_path: Path) -> None:
    """As Compose would start it and look after it, with the embedded server's programs."""
    document = (ROOT / "docs" / "running.md").read_text()
    (making,) = re.findall(
        r"^openssl \S+ \S+ \S+ > secrets/redis-password\necho .+ > secrets/redis-url$", document, re.MULTILINE
    )
    (tmp_path / "secrets").mkdir()
    subprocess.run(making, shell=True, cwd=tmp_path, check=True)
    port = free_port()
    url = (tmp_path / "secrets" / "redis-url").read_text().strip().replace("@redis:6379/", f"@127.0.0.1:{port}/")
    environment = {"PATH": f"{valkey_server().parent}:/usr/bin:/bin"}

    def as_here(command: str) -> str:
        command = command.replace("$$", "$").replace("/run/secrets", str(tmp_path / "secrets"))
        return command.replace("/tmp/valkey.conf", str(tmp_path / "valkey.conf")).replace(
            "valkey-cli", f"valkey-cli -p {port}"
        )

    shell, option, command = SERVICES["redis"]["command"]
    server = subprocess.Popen([shell, option, f"{as_here(command)} --port {port}"], cwd=tmp_path, env=environment)
    try:
        _, check = SERVICES["redis"]["healthcheck"]["test"]
        healthy = partial(subprocess.run, as_here(check), shell=True, env=environment, capture_output=True)
        until(lambda: healthy().returncode == 0, what="Redis is healthy")
        assert redis.Redis.from_url(url).ping()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(f"redis://127.0.0.1:{port}/0").ping()
        arguments = Path(f"/proc/{server.pid}/cmdline").read_text()
        assert "valkey-server" in arguments
        assert (tmp_path / "secrets" / "redis-password").read_text().strip() not in arguments
        (tmp_path / "secrets" / "redis-password").write_text("another")
        assert healthy().returncode != 0
    finally:
        server.terminate()
        server.wait()


def test_the_proxy_sees_each_reader_and_the_webs_believe_it() -> None:
    """Docker passes on who comes by IPv6 only into a network that has it; else they all come from the bridge."""
    front = COMPOSE["networks"]["front"]
    networks = [each["subnet"] for each in front["ipam"]["config"]]
    assert front["enable_ipv6"] is True
    known = [each for network in networks for each in re.findall(r"^\$\{\w+:-(.+)\}$", network)]
    assert sorted(ip_network(each).version for each in known) == [4, 6]
    trusted = SERVICES["web-1"]["environment"]["TRUSTED_PROXIES"]
    assert trusted == f"${{TRUSTED_PROXIES:-{','.join(networks)}}}"


def test_only_what_the_image_needs_goes_to_its_builder() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert "*\n" in (ROOT / ".dockerignore").read_text().splitlines(keepends=True)
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / path).exists() for path in copied)


def test_systemd_works_the_same_queues_in_the_same_groups() -> None:
    groups = {path.stem: queues_of(path.read_text()) for path in (UNITS / "workers").glob("*.env")}
    assert groups == {name: queues_of(service["command"]) for name, service in WORKERS.items()}
    target = (UNITS / "unroller.target").read_text()
    assert sorted(re.findall(r"unroller-worker@(\w+)\.service", target)) == sorted(ALWAYS)
    (stop,) = re.findall(r"^TimeoutStopSec=(\w+)$", (UNITS / "unroller-worker@.service").read_text(), re.MULTILINE)
    assert seconds(stop) > longest([queue for queues in groups.values() for queue in queues])


@pytest.mark.parametrize("name", ["unroller-web@", "unroller-worker@", "unroller-clock"])
def test_what_runs_stays_with_its_release_when_current_moves(name: str, tmp_path: Path) -> None:
    (command,) = re.findall(r"^ExecStart=/bin/sh -c '([^']+)'$", (UNITS / f"{name}.service").read_text(), re.MULTILINE)
    python = tmp_path / "release" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$0"\n')
    python.chmod(0o755)
    (tmp_path / "current").symlink_to("release")
    script = command.replace("$$", "$").replace("\\\n", "")  # as systemd hands it on
    said = subprocess.check_output(["/bin/sh", "-c", script], cwd=tmp_path / "current", text=True)
    assert said == f"{python}\n"


def test_systemd_starts_the_web_processes_that_the_proxy_asks() -> None:
    ports = re.findall(r"unroller-web@(\d+)\.service", (UNITS / "unroller.target").read_text())
    proxy = (ROOT / "packaging" / "caddy" / "Caddyfile").read_text()
    assert f"{{$WEBS:{' '.join(f'127.0.0.1:{port}' for port in ports)}}}" in proxy


@pytest.mark.parametrize("path", sorted(UNITS.glob("*.service")), ids=lambda path: path.stem)
def test_the_log_says_which_service_speaks(path: Path) -> None:
    assert "\nSyslogIdentifier=%N\n" in path.read_text()  # otherwise it is `sh` or `python`, all of them


def test_a_command_by_hand_has_what_a_worker_has() -> None:
    worker = (UNITS / "unroller-worker@.service").read_text()
    given = dict(re.findall(r"\b(DATA_DIR|STATIC_ROOT|ENV_FILE|TMPDIR)=(\S*)", worker))
    commands = [*(ROOT / "docs" / name for name in ("running.md", "backup.md"))]
    for text in (path.read_text().replace("\\\n", "") for path in commands):
        (command,) = re.findall(r"systemd-run .*? manage\.py", text)
        assert dict(re.findall(r"--setenv=(\w+)=(\S*)", command)) == given


def test_whoever_waits_for_a_web_process_stops_when_it_is_dead(tmp_path: Path) -> None:
    unit = (UNITS / "unroller-web@.service").read_text()
    (command,) = re.findall(r"^ExecStartPost=/bin/sh -c '([^']+)'$", unit, re.MULTILINE)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n")  # nothing answers
    python.chmod(0o755)
    script = re.sub(r"\S+/bin/python", str(python), command.replace("$$", "$").replace("%i", "1"))
    with subprocess.Popen(["/bin/true"]) as dead:
        dead.wait()
    waiting = subprocess.run(["/bin/sh", "-c", script], env={"MAINPID": str(dead.pid)}, timeout=10, check=False)
    assert waiting.returncode != 0


@pytest.mark.parametrize("name", ["unroller-web@", "unroller-worker@", "unroller-clock"])
def test_a_service_comes_back_however_often_it_ended(name: str) -> None:
    unit = (UNITS / f"{name}.service").read_text()
    assert "\nRestart=always\n" in unit
    assert "\nStartLimitIntervalSec=0\n" in unit[: unit.index("[Service]")]


def test_how_many_processes_a_worker_has_survives_an_update() -> None:
    files = re.findall(r"^EnvironmentFile=(\S+)$", (UNITS / "unroller-worker@.service").read_text(), re.MULTILINE)
    assert files[-1] == "-/etc/unroller/workers/%i.env"  # the last one wins
    assert "/etc/unroller/workers/fetch.env" in (ROOT / "docs" / "running.md").read_text()
