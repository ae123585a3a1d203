"""The API keeps what its document says: generated requests, sound and unsound ones, over the whole application.

Every check of schemathesis runs: no server error, only documented statuses, headers, media types and bodies; unsound
data refused, sound data accepted; unknown methods refused; nothing answered without a token.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.generation.modes import GenerationMode

from tests.api.calling import Program
from tests.attack.depth import DEPTH
from unroller import store
from unroller.api import schema

pytestmark = pytest.mark.django_db

EXAMPLES = 12
"""Of each operation and mode; ATTACK_DEPTH=50 makes fifty times as many, and random ones."""
OPERATIONS = [operation["operationId"] for _, operation in schema.operations(schema.document())]
NOTHING_TO_SAY = {"me", "list_tags", "delete_tag"}
"""Operations that take nothing, or any text: no request to them is unsound."""
CASES = [
    (name, mode) for name in OPERATIONS for mode in GenerationMode if mode.is_positive or name not in NOTHING_TO_SAY
]
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"allow-extra-parameters": False, "with-security-parameters": False},
        "checks": {
            # What a field means is more than a schema can say: a string may be no link, a post may not be there.
            "positive_data_acceptance": {"expected-statuses": ["2xx", "304", "404", "409", "410", "422"]},
        },
    }
)


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """All of a test is one transaction, so no request may end with the connection, as Django's own client knows."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def the_operation(name: str) -> Any:
    loaded = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application(), config=CONFIG)
    found = (result.ok() for result in loaded.get_all_operations() if isinstance(result, Ok))
    return next(each for each in found if each.definition.raw["operationId"] == name)


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_what_the_document_says_is_true(
    program: Program, here: Mapping[str, Any], name: str, mode: GenerationMode
) -> None:
    operation = the_operation(name)
    named = {name: value for name, value in here.items() if f"{{{name}}}" in operation.path}
    values = {"path_parameters": named} if mode == GenerationMode.POSITIVE and named else {}

    @settings(
        max_examples=EXAMPLES * DEPTH,
        derandomize=DEPTH == 1,
        print_blob=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, **values))
    def run(case: Any) -> None:
        store.client().flushdb()  # so many in a row are more than one may ask for
        case.call_and_validate(headers={"Authorization": f"Bearer {program.token}"})

    run()
