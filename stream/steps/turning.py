"""What the passing of time makes of a shard's memory: judgements, presence, trips, and what the rules say.

Everything here is asked at the end of a stretch of the journal; what needs the time itself only at a tick.
"""

import numpy as np

from lineshaft.domain.results import HeardRow, MachineRow
from stream.bundle import Draft
from stream.rules import down
from stream.rules.base import Scores, Stretch, Surroundings
from stream.steps.guard import failed, isolated
from stream.steps.intake import Fresh
from stream.steps.memory import Memory
from stream.steps.windows import WINDOW_US, Closed


def end_stretch(memory: Memory, pos: int, fresh: Fresh, draft: Draft, *, tick: bool) -> None:
    """Show the rules what is fresh, and at a tick let everything see that time moved on."""
    scores: Scores | None = None
    if tick:
        memory.hearing.tick(memory.now_us, memory.signal_times)
        scores = _turn_machines(memory, pos, draft)
        _turn_gates(memory, pos, draft)
        _turn_vehicles(memory, pos, draft)
        for device in memory.hearing.untold(memory.now_us).tolist():
            draft.heard.append(HeardRow(device, int(memory.hearing.received_us[device])))
    if tick or len(fresh.readings.row) or fresh.said or memory.happened:
        seen = scores or Scores.none(memory.described.speaker)
        memory.signal_times.grow(len(memory.names.signal_name))
        signals = memory.described.signals(memory.names, memory.signal_times.heard_us)
        around = _surroundings(memory, fresh)
        for turn in memory.downs.hear(fresh.said, memory.described.assets):
            draft.fact(turn.pos, turn.ts_us, down.FACT, turn.source, {"down": turn.is_down})
        _ask(memory, Stretch(pos, memory.now_us, tick, signals, fresh.readings, seen, around), draft)
        memory.happened.clear()
    draft.letters += memory.letters.sampled(draft.rejects)
    draft.rejected.update([letter.code for letter in draft.rejects])
    draft.rejects.clear()


def _surroundings(memory: Memory, fresh: Fresh) -> Surroundings:
    names, described = memory.names, memory.described
    return Surroundings(
        book=memory.book,
        plant=described.plant,
        applied=described.applied,
        devices=names.devices,
        speaker=described.speaker,
        signal_name=names.signal_name,
        signals_of=names.signals_of,
        machine_of=described.machine_of,
        said=fresh.said,
        events=memory.happened,
    )


def _turn_machines(memory: Memory, pos: int, draft: Draft) -> Scores | None:
    try:
        silent = memory.hearing.silent(memory.now_us, np.array(memory.described.quickest_s))
        draft.machines += memory.machines.turn(memory.now_us, silent, pos)
    except Exception as error:  # noqa: BLE001 - likewise
        failed("turn_machines", error, shard=memory.shard, pos=pos)
    closed = _closed(memory, pos)
    if closed is None:
        return None

    def blame(guilty: Closed, error: Exception) -> None:
        device = memory.names.devices[memory.names.signal_device[int(guilty.series[0])]]
        failed("judge", error, shard=memory.shard, pos=pos, device=str(device))

    def judge(some: Closed) -> tuple[list[MachineRow], Scores]:
        return memory.machines.judge(some, memory.names, memory.described, pos)

    judged = isolated(closed, judge, lambda some: some.halves(memory.device_of()), blame)
    for rows, _ in judged:
        draft.machines += rows
    return Scores.together([scores for _, scores in judged]) if judged else None


def _closed(memory: Memory, pos: int) -> Closed | None:
    """The windows that are over; where that fails, the shard's open ones are lost and new ones begin."""
    quiet = memory.now_us - memory.hearing.heard_us > 2 * WINDOW_US
    try:
        return memory.windows.close(memory.device_of(), quiet)
    except Exception as error:  # noqa: BLE001 - likewise
        failed("close_windows", error, shard=memory.shard, pos=pos)
        memory.forget_windows()
        return None


def _turn_gates(memory: Memory, pos: int, draft: Draft) -> None:
    try:
        memory.gates.turn(memory.hearing.listened_us(memory.now_us), pos, memory.described, draft)
    except Exception as error:  # noqa: BLE001 - likewise
        failed("turn_gates", error, shard=memory.shard, pos=pos)


def _turn_vehicles(memory: Memory, pos: int, draft: Draft) -> None:
    try:
        listened_us = memory.hearing.listened_us(memory.now_us)
        memory.vehicles.turn(memory.described, pos, listened_us, draft)
    except Exception as error:  # noqa: BLE001 - likewise
        failed("turn_vehicles", error, shard=memory.shard, pos=pos)


def _ask(memory: Memory, stretch: Stretch, draft: Draft) -> None:
    for rule in (*memory.rules, memory.breach):
        try:
            changes = rule.evaluate(stretch)
        except Exception as error:  # noqa: BLE001 - likewise
            failed(f"rule_{rule.name}", error, shard=memory.shard, pos=stretch.pos)
            continue
        if stretch.around:
            stretch.around.raised += changes
        for change in changes:
            condition = change.condition
            draft.fact(change.pos, change.ts_us, "condition", condition.source, condition.to_body())
