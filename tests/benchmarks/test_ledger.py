import pytest

from benchmarks import ledger, summary, tables

FLAT = {"readings_a_message": 100, "readings_s": 1_000}
TIMES = {"n": 9, "p50_ms": 12.0, "p95_ms": 20.0, "p99_ms": 41.4}
STEADY = {
    "readings_a_message": 100,
    "asked_readings_s": 10_000.0,
    "cores": {"flow": 0.5},
    "journal": TIMES,
    "queryable": TIMES,
    "browser": TIMES,
    "most_behind_messages": 3,
    "most_memory_mb": 500.0,
}
SYSTEM = {
    "database": "plain",
    "flat_out": [FLAT],
    "steady": [STEADY],
    "books": {"readings_sent": 5, "rows": 5, "lost": 0, "doubled": 0},
    "restarts": 0,
}
WHOLE = {
    "machine": {"cpu": "A", "cores": 2, "memory_gb": 8},
    "commit": "abc",
    "systems": [SYSTEM],
    "rivals": {
        "rows": [
            {**FLAT, "name": "a loop", "readings_s": 250},
            {**FLAT, "name": "a flow", "readings_s": 500},
        ],
        "notes": [],
    },
}


def test_a_block_is_replaced_and_nothing_else() -> None:
    document = f"a\n{ledger.BEGIN}\nold\n{ledger.END}\nb\n"
    new = ledger.replaced(document, "new")
    assert new == f"a\n{ledger.BEGIN}\n\nnew\n\n{ledger.END}\nb\n"
    assert ledger.replaced(new, "new") == new
    with pytest.raises(ValueError, match="no <!-- figures"):
        ledger.replaced("no block", "new")


def test_both_documents_have_a_block_for_the_figures() -> None:
    for file, _ in ledger.BLOCKS:
        ledger.replaced(file.read_text(encoding="utf-8"), "")


def test_the_readme_sets_our_rate_against_the_loops() -> None:
    text = summary.readme({"whole": WHOLE})
    assert "| **Lineshaft on PostgreSQL**: exactly once, scored | - | - | 1,000 (4.0x) |" in text
    assert "| a loop into PostgreSQL: no more than rows | - | - | 250 (1.0x) |" in text
    assert "| a flow into PostgreSQL: no more than rows | - | - | 500 (2.0x) |" in text
    assert "queried 12 ms after its making (p99 41 ms)" in text


def test_nothing_measured_is_said_so() -> None:
    assert summary.readme({}) == tables.everything({}) == "Nothing was measured yet."


def test_the_share_is_of_the_slowest_part() -> None:
    parts = {"100": {"readings_s": 4_000, "messages_s": 40}}
    copy = {"time": {"readings_s": 2_000}, "series": {"readings_s": 3_000}}
    ceiling = {"database": "plain", "journal": parts, "decode": parts, "copy": copy}
    line = tables.ceilings([ceiling], [SYSTEM]).splitlines()[2]
    assert line == "| PostgreSQL, 100 | 4,000 | 4,000 | 2,000 | 3,000 | 1,000 | 33% |"
