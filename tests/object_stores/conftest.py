"""The service for all tests of this folder, and a place in it for each."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.object_stores.service import Place, Service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(tmp_path_factory.mktemp("s3") / "log")
    yield running
    running.stop()


@pytest.fixture
def bucket(service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A bucket in which this process keeps its files."""
    place = Place(service)
    place.becomes_ours(settings, monkeypatch)
    yield place
    place.road.end()
