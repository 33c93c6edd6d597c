"""`lineshaft backtest RULE.json`: what a rule would have raised in the past, before it is put to work."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from lineshaft import logs, target
from lineshaft.clock import Clock, from_datetime, system_clock, to_datetime
from lineshaft.domain.rules import Rule, RuleError, parse
from lineshaft.domain.rules.trial import DAY_US, Trial
from lineshaft.settings import SettingsError
from lineshaft.store.database import ConnectionLost, connect
from lineshaft.store.tried import TrialError, try_rule

DAYS = 30
STATEMENT_TIMEOUT_S = 300


def main(
    arguments: Sequence[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    clock: Clock = system_clock,
) -> int:
    """Run the command; 0 it was tried, 1 it could not be, 2 not understood."""
    parser = _parser()
    options = parser.parse_args(arguments)
    logs.configure("backtest", "WARNING")
    now_us = clock()
    span = (options.since or now_us - DAYS * DAY_US, options.until or now_us)
    if span[0] >= span[1]:
        parser.error("--from is not before --to")
    try:
        rule = parse(options.rule.read_bytes())
        if not isinstance(rule, Rule):
            sys.stderr.write("lineshaft: settings of a built-in rule cannot be tried\n")
            return 1
        where = target.find(options.data_dir, environ)
        with connect(
            where.url, schema=where.schema, application="lineshaft backtest", timeout_s=STATEMENT_TIMEOUT_S
        ) as conn:
            result = try_rule(conn, rule, span, _show)
    except (RuleError, TrialError, SettingsError, OSError, *ConnectionLost) as error:
        sys.stderr.write(f"lineshaft: {error}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(result), indent=1) + "\n" if options.json else _told(rule, result))
    return 0


def _show(done: float) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done:4.0%}{chr(10) if done >= 1 else ''}")


def _told(rule: Rule, result: Trial) -> str:
    span = f"{_day(result.from_ts)} to {_day(result.to_ts)}"
    lines = [
        f"{rule.name.en}: {span}, {result.readings:,} readings in {result.took_s} s",
        f"  alarms     {result.raises} ({result.suppressed} suppressed)",
        f"  calls      {result.calls}, {result.a_day:g} a day, at most {result.busiest_10min} in 10 min",
        f"  floods     {len(result.floods)}",
        f"  chattering {result.chattering} minutes",
        f"  faults     {len(result.caught)} caught, {len(result.missed)} missed",
    ]
    lines += [f"  missed     {one['machine']} {one['mode'] or ''}" for one in result.missed]
    lines += [f"  {calls:5} calls of {machine}" for machine, calls in result.by_machine]
    return "\n".join(lines) + "\n"


def _day(ms: int) -> str:
    return to_datetime(ms * 1000).isoformat(timespec="minutes")


def _instant(text: str) -> int:
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date or time, such as 2026-11-02") from error
    return from_datetime(when if when.tzinfo else when.replace(tzinfo=UTC))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lineshaft backtest", description=__doc__)
    parser.add_argument("rule", type=Path, metavar="RULE.json")
    parser.add_argument(
        "--from", dest="since", type=_instant, metavar="TIME", help=f"default: {DAYS} days ago"
    )
    parser.add_argument("--to", dest="until", type=_instant, metavar="TIME", help="default: now")
    parser.add_argument("--json", action="store_true", help="all of it, for programs")
    target.add_argument(parser)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
