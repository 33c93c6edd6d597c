"""Replays recorded tables as if their devices spoke now.

In agent.yaml, a machine from many CSV files, one after the other in time:

    - id: skab                        # the position of the replay is kept under this name
      kind: replay
      file: skab/data/valve1/*.csv.gz # beside agent.yaml; plain or .gz; many follow one another in time
      separator: ";"                  # default ","; "blank" is any run of blanks
      device: skab-valve1             # the device's level of the topic
      emit: m                         # m readings (default), rfid reads, gps fixes, evt events (column: code)
      time: {column: datetime, format: iso, timezone: Europe/Moscow}
      columns:                        # signal: where it comes from
        temp: {column: Temperature, unit: Cel}
        flow: {column: Volume Flow RateRMS, unit: L/min, scale: 1, offset: 0}
        state: {value: RUN}           # what the table does not say
      shift: now                      # now (default): the first row is now; none: the recorded times are sent
      shift_group: plant              # sources with the same group keep their time order
      speed: 10                       # recorded seconds a second; 0 (with shift: none): as fast as it goes
      loop: true                      # start again at the end, with time going on

An RFID gate whose table has tag numbers and milliseconds since the start of each experiment:

    - id: gate
      kind: replay
      file: rfid/detego/dataset.csv.gz
      where: {experiment_nr: ["9"]}     # only rows with one of these texts in the column
      device: gate-1
      emit: rfid                        # columns: epc, and if there are: ant, rssi (dBm), n
      time: {column: milliseconds, format: ms}
      columns:
        epc: {column: serial, hex_digits: 8, prefix: "3034257BF4000000"}
        rssi: {column: rssi}
        ant: {value: 1}

A vehicle from a file without a header, newest row first:

    - id: cab
      kind: replay
      file: tracks/cabspotting/dev/new_abboip.txt.gz
      separator: blank
      fields: [lat, lon, occupied, at]  # names of the columns where the file has no header
      order: sort                       # sort by time first; default file: as it stands
      device: cab-1
      emit: gps                         # columns: lat, lon; if there are: spd (m/s), hdg, acc, alt, sat, fix
      time: {column: at, format: s}
      columns: {lat: {column: lat}, lon: {column: lon}}

`time.format` is iso, s, ms, us or a strptime pattern such as "%d.%m.%Y %H:%M:%S"; `timezone` is that of
times that say none (UTC). A column may also say `text: true` (take the cell as text). `device` may be
`{column: vehicle_id, text: true, prefix: bus-}`, one device for each value. Environment variables may stand
as `${NAME}` in any text of agent.yaml.

A replay that is started again goes on with the row after the last one kept in the outbox.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from edge.frame import Frame
from edge.sources.base import Flaw, Handed, SourceConfig, Start
from edge.sources.bodies import EMIT
from edge.sources.columns import Column
from edge.sources.sorting import Sorted
from edge.sources.table import FACTORS, Layout, Row, Table, Time, find
from edge.sources.timeline import Span, Timeline
from lineshaft.clock import SECOND_US, Clock
from lineshaft.wire import limits, reports
from lineshaft.wire.topics import LEVEL

TOGETHER_S = 0.25
"""Rows that fall due within this time go in one message."""
MOST = 500
"""Rows in one message, while a backlog is sent."""


class ReplayConfig(SourceConfig, frozen=True, kw_only=True):
    """A replay in agent.yaml."""

    file: str
    device: str | Column
    time: Time
    columns: dict[str, Column]
    emit: Literal["m", "rfid", "gps", "evt"] = "m"
    separator: str = ","
    fields: tuple[str, ...] = ()
    where: dict[str, str | tuple[str, ...]] = msgspec.field(default_factory=dict)
    order: Literal["file", "sort"] = "file"
    shift: Literal["now", "none"] = "now"
    shift_group: str = ""
    speed: float = 1
    loop: bool = False

    def flaws(self, folder: Path) -> Iterator[Flaw]:
        """See the base."""
        yield from super().flaws(folder)
        files = find(self.file, folder)
        if not files:
            yield Flaw(("file",), f"no file is called {self.file!r}", f"a path or pattern beside {folder}")
        if isinstance(self.device, str) and not LEVEL.fullmatch(self.device):
            yield Flaw(("device",), f"{self.device!r} is no device", "1 to 64 of A-Z a-z 0-9 _ . -")
        if self.separator != "blank" and len(self.separator) != 1:
            yield Flaw(("separator",), f"{self.separator!r} is no separator", 'one character, or "blank"')
        if self.speed < 0 or (self.speed == 0 and self.shift == "now"):
            what = f"speed {self.speed:g} with shift: {self.shift}"
            yield Flaw(("speed",), what, "above 0; or 0 with shift: none, as fast as it goes")
        yield from self._time_flaws()
        yield from self._column_flaws(files)

    def _time_flaws(self) -> Iterator[Flaw]:
        if self.time.format not in {"iso", *FACTORS} and "%" not in self.time.format:
            yield Flaw(
                ("time", "format"),
                f"{self.time.format!r} is no format",
                "iso, s, ms, us or a pattern like %Y-%m-%d",
            )
        try:
            ZoneInfo(self.time.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield Flaw(
                ("time", "timezone"), f"{self.time.timezone!r} is no zone", "a name such as Europe/Berlin"
            )

    def _column_flaws(self, files: list[Path]) -> Iterator[Flaw]:
        """Check the names against what is emitted, and against the first file's header."""
        required, known = EMIT[self.emit].required, EMIT[self.emit].known
        for name in required - set(self.columns):
            yield Flaw(("columns",), f"{self.emit} needs {name!r}", f"add {name}: {{column: …}}")
        for name in set(self.columns) - known if known else ():
            yield Flaw(("columns", name), f"{self.emit} has no {name!r}", "use " + ", ".join(sorted(known)))
        for name in () if known else self.columns:
            if not limits.is_name(name):
                yield Flaw(
                    ("columns", name), f"{name!r} is no signal name", "letters, digits, blank and _.:/%#-"
                )
        if not files:
            return
        said = self.fields or Table(files[:1], self._layout()).header()
        places: list[tuple[tuple[str, ...], str]] = [
            (("columns", n), c.column) for n, c in self.columns.items()
        ]
        places += [(("time", "column"), self.time.column), *((("where", name), name) for name in self.where)]
        for place, column in places:
            if column and column not in said:
                yield Flaw(place, f"the file has no column {column!r}", "it has " + ", ".join(said)[:200])

    def _layout(self) -> Layout:
        where = {name: (said,) if isinstance(said, str) else said for name, said in self.where.items()}
        return Layout(self.separator, self.fields, self.time, where)

    def open(self, start: Start) -> "Replay":
        """See the base."""
        files = find(self.file, start.folder)
        if not files:
            raise FileNotFoundError(f"no file is called {self.file!r} beside {start.folder}")
        table = Table(files, self._layout())
        group = self.shift_group or f"only {self.id}"
        timeline = start.shared.setdefault(f"timeline {group}", Timeline(self.speed))
        return Replay(self, table, timeline, start)


class _Position(msgspec.Struct):
    """Where a replay goes on: how often it was sent whole, and how many rows of the pass were sent."""

    lap: int = 0
    row: int = 0


class Replay:
    """A recording that is being sent."""

    def __init__(self, config: ReplayConfig, table: Table, timeline: Timeline, start: Start) -> None:
        self._config = config
        self._table = table
        self._timeline = timeline
        self._clock: Clock = start.clock
        self._sorted: Sorted | None = None
        self._position = msgspec.json.decode(start.position or "{}", type=_Position)
        self._device = None if isinstance(config.device, str) else config.device.convert()
        self._convert = {name: column.convert() for name, column in config.columns.items()}
        self._fault = ""
        self._measure()

    def fault(self) -> str:
        """What is wrong: rows that cannot be read."""
        return self._fault

    def read(self, stop: Event) -> Iterator[Handed]:
        """Send row by row as they fall due; ends with the recording, unless it loops."""
        yield Handed(self._meta())
        while self._timeline.spans and not stop.is_set():
            yield from self._lap(stop)
            if self._table.unreadable:
                self._fault = f"{self._table.unreadable} rows could not be read"
            if not self._config.loop or stop.is_set():
                return
            self._position = _Position(self._position.lap + 1)

    def _measure(self) -> None:
        """Tell the timeline when the recording begins and ends; one reading of the whole file."""
        if self._config.order == "sort":
            self._sorted = Sorted(self._table.rows())
        first = last = next_ = None
        for number, row in enumerate(self._rows()):
            first = row.ts_us if first is None else min(first, row.ts_us)
            last = row.ts_us if last is None else max(last, row.ts_us)
            if number == self._position.row:
                next_ = row.ts_us
        if first is not None and last is not None:
            self._timeline.join(Span(first, last, last if next_ is None else next_, self._position.lap))

    def _rows(self) -> Iterable[Row]:
        return self._table.rows() if self._sorted is None else self._sorted

    def _lap(self, stop: Event) -> Iterator[Handed]:
        """The rest of one pass."""
        held: list[Row] = []
        begin = self._position.row
        for number, row in enumerate(self._rows()):
            if number < begin:
                continue
            due_us = self._due_us(row)
            if held and (due_us > self._clock() or len(held) >= MOST):
                yield self._hand_over(held)
                held = []
            if not self._wait_until(due_us, stop):
                return
            held.append(row)
        if held:
            yield self._hand_over(held)

    def _due_us(self, row: Row) -> int:
        return self._timeline.due_us(row.ts_us, self._position.lap, self._clock())

    def _wait_until(self, due_us: int, stop: Event) -> bool:
        """Wait, a little longer than need be, so that close rows go together; False if told to stop."""
        while (wait_us := due_us - self._clock()) > 0:
            if stop.wait(max(wait_us / SECOND_US, TOGETHER_S)):
                return False
        return not stop.is_set()

    def _hand_over(self, rows: list[Row]) -> Handed:
        by_device: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
        for row in rows:
            device = self._config.device if self._device is None else self._device(row.cells)
            by_device.setdefault(str(device), []).append((self._stamp_us(row), row.cells))
        body = EMIT[self._config.emit].body
        frames = [
            Frame(device, self._config.emit, encoded)
            for device, stamped in by_device.items()
            if (encoded := body(stamped, self._convert))
        ]
        self._position.row += len(rows)
        return Handed(frames, msgspec.json.encode(self._position).decode())

    def _stamp_us(self, row: Row) -> int:
        if self._config.shift == "now":
            return self._due_us(row)
        return self._timeline.recorded_us(row.ts_us, self._position.lap)

    def _meta(self) -> list[Frame]:
        """What the device's signals are, where the configuration says units."""
        units = {name: {"u": column.unit} for name, column in self._config.columns.items() if column.unit}
        if not units or not isinstance(self._config.device, str):
            return []
        body = reports.encode({"device": self._config.device, "sig": units})
        return [Frame(self._config.device, "meta", body)]
