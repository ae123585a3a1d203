"""The pretend X's compliance jobs: from a list to its answer, one at a time, with addresses that end."""

from datetime import timedelta

import httpx

from tests.sandbox import World

TEXT = {"Content-Type": "text/plain"}


def begin(x: httpx.Client, **body: object) -> httpx.Response:
    return x.post("compliance/jobs", json={"type": "tweets", "name": "mine"} | body)


def status(x: httpx.Client, job: dict[str, str]) -> str:
    found: str = x.get(f"compliance/jobs/{job['id']}").json()["data"]["status"]
    return found


def test_a_list_becomes_an_answer_about_what_is_gone(x: httpx.Client, world: World) -> None:
    kept, gone = world.x.thread("maralind", ["One.", "Two."])
    world.x.delete(gone)
    world.x.inquests.takes = timedelta(minutes=1)
    job = begin(x).json()["data"]
    assert status(x, job) == "created"
    assert httpx.put(job["upload_url"], content=f"{kept.id}\n{gone.id}\n5", headers=TEXT).status_code == 200
    assert status(x, job) == "in_progress"
    assert httpx.get(job["download_url"]).status_code == 404
    world.x.ground.clock.advance(timedelta(minutes=1))
    assert status(x, job) == "complete"
    [line] = [httpx.Response(200, text=each).json() for each in httpx.get(job["download_url"]).text.splitlines()]
    assert (line["id"], line["action"], line["reason"]) == (str(gone.id), "delete", "deleted")
    assert set(line) == {"id", "action", "created_at", "reason", "redacted_at"}


def test_one_job_runs_at_a_time_and_an_address_is_good_for_a_quarter_of_an_hour(x: httpx.Client, world: World) -> None:
    job = begin(x).json()["data"]
    assert begin(x).status_code == 403
    world.x.ground.clock.advance(timedelta(minutes=15))
    assert status(x, job) == "expired"
    assert httpx.put(job["upload_url"], content="1", headers=TEXT).status_code == 400
    assert begin(x).status_code == 200
    listed = x.get("compliance/jobs", params={"type": "tweets"}).json()
    assert (listed["meta"], [each["status"] for each in listed["data"]]) == (
        {"result_count": 2},
        ["created", "expired"],
    )


def test_it_refuses_what_x_refuses(x: httpx.Client, world: World) -> None:
    assert begin(x, type="users").status_code == 400
    assert begin(x, name="n" * 65).status_code == 400
    assert x.get("compliance/jobs").status_code == 400
    assert x.get("compliance/jobs/1").status_code == 404
    world.x.inquests.allowed = False
    assert begin(x).status_code == 403


def test_there_are_150_calls_in_a_quarter_of_an_hour(x: httpx.Client) -> None:
    params = {"type": "tweets"}
    assert [x.get("compliance/jobs", params=params).status_code for _ in range(151)][-2:] == [200, 429]
