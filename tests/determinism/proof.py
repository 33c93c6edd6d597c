"""The claim, and what is run for it: whatever dies, the tables are a function of the journal."""

from collections.abc import Sequence
from pathlib import Path

from determinism.recording import control, recording
from determinism.runs import Prints, Run, interrupted
from lineshaft.store import alarm_changes
from lineshaft.store.journal import Entry
from stream.steps.shard import ShardState

TOUCHED = ("reading", "score", "presence", "move", "item", "alarm", "alarm_journal", "eta", "shipment", "fix")
"""Tables that a recording must have filled, or it proves nothing."""


def reference(run: Run, seconds: int, seed: int) -> tuple[list[Entry], Prints]:
    """An uninterrupted run: its journal, with acknowledgements of its alarms, and its tables' prints."""
    rows = recording(seconds, seed)
    half = len(rows) // 2
    run.append(rows[:half])
    run.finish()
    acks = acknowledgements(run, rows[half - 1].received_us)
    journal = [*rows[:half], *acks, *rows[half:]]
    run.append(journal[half:])
    run.finish()
    return journal, run.prints()


def acknowledgements(run: Run, at_us: int) -> list[Entry]:
    """Every other open alarm is acknowledged."""
    return [
        control(
            at_us,
            "_/ack",
            {
                "alarm_id": str(alarm.alarm_id),
                "by": "chen",
                "comment": "seen",
                "at_us": at_us,
                "seen_pos": run.appended,
            },
        )
        for alarm in alarm_changes.open_alarms(run.conn)[::2]
    ]


def different(one: Prints, other: Prints) -> list[str]:
    """Tables whose rows are not the same."""
    return [name for name in one if one[name] != other[name]]


def killed(url: str, folder: Path, journal: Sequence[Entry], kills: int, processes: int, seed: int) -> Run:
    """A run with kills over the journal, finished."""
    run = Run(url, f"killed_{processes}_{kills}", folder / f"killed-{processes}", processes)
    try:
        interrupted(run, journal, kills, seed)
    except BaseException:
        run.close()
        raise
    return run


def without_rules(state: ShardState) -> None:
    """A change of the steps, for a replay to be different."""
    state.rules.clear()
