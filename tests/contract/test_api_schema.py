"""The API against its own description: generated requests, right and wrong, judged by schemathesis in process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from bridge.domain.policy import Role
from tests.fakes.kit import House, house
from tests.fakes.web import BASE, Browser, token_for
from web.api.openapi import describe
from web.api.v1 import ROUTES

CHECKS = [
    schemathesis.checks.not_a_server_error,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]


SCHEMA = schemathesis.openapi.from_dict(describe(ROUTES, BASE))
OPERATIONS = {operation.ok().label: operation.ok() for operation in SCHEMA.get_all_operations()}


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as made:
        made.ask()
        made.work()
        yield made


@pytest.fixture(scope="module")
def how(bridge: House) -> dict[str, Any]:
    """What every call is made with: the application in this process, and a token that may do everything."""
    token = token_for(bridge, "all", *Role)
    return {"app": Browser(bridge).app, "headers": {"Authorization": f"Bearer {token}"}, "base_url": BASE}


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_call_is_as_described(label: str, mode: GenerationMode, how: dict[str, Any]) -> None:
    """No 5xx, no status, type or shape that the description does not have, whatever is sent, right or wrong."""

    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    @settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def judge(case: schemathesis.Case) -> None:
        answer = case.call(**how)
        case.validate_response(answer, checks=CHECKS)

    judge()
