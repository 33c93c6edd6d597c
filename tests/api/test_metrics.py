"""What `promtool check metrics` looks at, and that the figures are those of the books."""

import re

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.settings import ApiSettings
from fix_api import As

pytestmark = pytest.mark.database

NAME = re.compile(r"[a-z][a-z0-9_]*")
FORBIDDEN_UNITS = ("_milliseconds", "_ms", "_minutes", "_hours", "_kilobytes", "_percent")


def faults(text: str) -> list[str]:
    """What a linter of metrics would complain about."""
    found = []
    for family in text_string_to_metric_families(text):
        if not family.documentation:
            found.append(f"{family.name}: no help")
        if not NAME.fullmatch(family.name) or family.name.endswith(FORBIDDEN_UNITS):
            found.append(f"{family.name}: not a name")
        if family.type == "counter" and not all(
            sample.name.endswith(("_total", "_created")) for sample in family.samples
        ):
            found.append(f"{family.name}: a counter that does not end in _total")
        if family.type not in {"counter", "histogram", "summary"} and family.name.endswith(
            ("_total", "_count")
        ):
            found.append(f"{family.name}: a {family.type} by a counter's name")
    return found


def values(text: str) -> dict[tuple[str, str], float]:
    """(sample, its first label) → value."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_metrics_are_named_and_explained_as_operators_expect(anonymous: httpx.AsyncClient) -> None:
    text = (await anonymous.get("/metrics")).text
    assert faults(text) == []


async def test_the_books_and_lags_are_shown(anonymous: httpx.AsyncClient, settings: ApiSettings) -> None:
    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "INSERT INTO flow_count (shard, site, agent, result, readings) VALUES"
            " (0, 's', 'a', 'decoded', 5), (0, 's', 'a', 'stored', 5), (0, 's', 'a', 'flagged', 2)"
        )
    found = values((await anonymous.get("/metrics")).text)
    assert found["lineshaft_books_unbalanced", ""] == 0
    assert found["lineshaft_books_readings_total", "stored"] == 5
    assert found["lineshaft_books_messages_total", "received"] == 0
    assert found["lineshaft_books_in_flight_messages", ""] == 0
    assert found["lineshaft_dead_letter_backlog", ""] == 1
    assert found["lineshaft_consumer_lag_messages", "shard"] == 0
    assert found["lineshaft_consumer_lag_seconds", "plant"] == 0
    assert found["lineshaft_devices_silent", ""] == 0
    assert ("lineshaft_build_info", "") not in found


async def test_books_that_do_not_balance_are_a_fault_that_everyone_sees(
    anonymous: httpx.AsyncClient, logged_in: As, settings: ApiSettings
) -> None:
    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "INSERT INTO flow_count (shard, site, agent, result, readings) VALUES (0, 's', 'a', 'stored', 1)"
        )
    ready = await anonymous.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["ok"] is False
    assert ready.json()["checks"]["books"].startswith("0 readings were decoded, and 1 are")
    assert values((await anonymous.get("/metrics")).text)["lineshaft_books_unbalanced", ""] == 1
    books = (await (await logged_in("viewer")).get("/api/v1/accounting")).json()
    assert books["balanced"] is False
    assert books["agents"][0]["balanced"] is False
