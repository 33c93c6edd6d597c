"""The same alerts to Debian's Alertmanager and to our groups: equal sets of notifications.

Alertmanager's clock is real, so the script plays in seconds; ours plays at once, on the same times.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from delivery_rows import Receiver, receiver
from lineshaft.clock import SECOND_US
from lineshaft.domain.delivery import grouping
from lineshaft.domain.delivery.muting import Muting, Silence
from lineshaft.domain.delivery.notices import Notice
from lineshaft.domain.delivery.policies import Inhibition, Policy, group_labels
from lineshaft.runtime import ports
from waiting import wait_until

BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")

WAIT_S, INTERVAL_S, REPEAT_S = 1, 3, 7
END_S = 17.0
Change = tuple[float, str, str, bool]
SCRIPT: tuple[Change, ...] = (
    # when, area, alarm, firing. Times keep half a second and more from where a group may be told.
    (0.0, "press", "a", True),
    (0.3, "press", "b", True),  # within the wait: one message of both
    (0.3, "paint", "x", True),
    (2.0, "press", "c", True),  # told at the next interval, with those before
    (2.0, "weld", "short", True),
    (2.4, "weld", "short", False),  # over before anybody was told: nothing at all
    (5.5, "press", "a", False),  # resolved, with what still fires
    (6.0, "hall", "down", True),  # mutes what is minor in its area …
    (6.1, "hall", "minor", True),
    (6.1, "hall", "major", True),  # … and nothing else
    (6.0, "quiet", "s", True),  # silenced
    (8.6, "press", "b", False),
    (8.6, "press", "c", False),  # the last ones: resolved alone
    (13.0, "hall", "down", False),
)
"""x of paint goes on: it is repeated when its repeat interval has passed."""

Said = tuple[str, tuple[str, ...], tuple[str, ...]]


def labels(area: str, name: str) -> dict[str, str]:
    severity = {"down": "critical", "minor": "minor"}.get(name, "major")
    return {"area": area, "alertname": name, "severity": severity}


def ours(script: Sequence[Change] = SCRIPT) -> list[Said]:
    policy = Policy(
        "all", group_by=("area",), wait_s=WAIT_S, wait_most_s=WAIT_S, interval_s=INTERVAL_S, repeat_s=REPEAT_S
    )
    mutes = [Inhibition("down", {"severity": ("critical",)}, {"severity": ("minor",)}, ("area",))]
    silences = [Silence({"area": ("quiet",)}, 0, grouping.NEVER_US)]
    groups: dict[Any, grouping.Group] = {}
    firing: dict[str, Notice] = {}
    said: list[Said] = []
    waiting = list(script)
    for tick in range(round(END_S * 20) + 1):
        now_us = tick * SECOND_US // 20
        while waiting and waiting[0][0] * SECOND_US <= now_us:
            _, area, name, fires = waiting.pop(0)
            state = "unacknowledged" if fires else "returned"
            notice = Notice(name, area, name, 2, state, "", now_us, now_us, tick, labels=labels(area, name))
            firing.pop(notice.key, None)
            if fires:
                firing[notice.key] = notice
            key = group_labels(policy, notice)
            group = groups.setdefault(key, grouping.begin(policy, key, now_us))
            grouping.take(group, policy, notice, now_us)
        muting = Muting(silences, mutes, firing, now_us)
        for key, group in list(groups.items()):
            if group.next_us > now_us:
                continue
            if grouping.is_over(group):
                del groups[key]
                continue
            found = grouping.due(group, muting.is_mute)
            if grouping.is_news(group.told.get("hook"), found, policy, now_us):
                grouping.hear(group, "hook", found, now_us)
                said.append((dict(key)["area"], names(found.firing), names(found.resolved)))
            grouping.settle(group, policy, found, now_us)
    return said


def names(members: tuple[grouping.Member, ...]) -> tuple[str, ...]:
    return tuple(sorted(one.notice.rule for one in members))


def theirs(sink: Receiver) -> list[Said]:
    found = []
    for got in sink.got:
        body = json.loads(got.body)
        those = {
            status: tuple(
                sorted(one["labels"]["alertname"] for one in body["alerts"] if one["status"] == status)
            )
            for status in ("firing", "resolved")
        }
        found.append((body["groupLabels"]["area"], those["firing"], those["resolved"]))
    return found


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[tuple[str, Receiver]]:
    if BINARY is None:
        pytest.skip("Alertmanager is not here (apt install prometheus-alertmanager): nothing was compared")
    with receiver() as sink:
        config = {
            "route": {
                "receiver": "hook", "group_by": ["area"], "group_wait": f"{WAIT_S}s",
                "group_interval": f"{INTERVAL_S}s", "repeat_interval": f"{REPEAT_S}s",
            },
            "receivers": [{"name": "hook", "webhook_configs": [{"url": sink.url, "send_resolved": True}]}],
            "inhibit_rules": [
                {"source_matchers": ['severity="critical"'], "target_matchers": ['severity="minor"'],
                 "equal": ["area"]}
            ],
        }  # fmt: skip
        (tmp_path / "am.yaml").write_text(yaml.safe_dump(config))
        port = ports.choose(["web"])["web"]
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    BINARY,
                    f"--config.file={tmp_path / 'am.yaml'}",
                    f"--storage.path={tmp_path / 'data'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                    "--cluster.listen-address=",
                ],
                stdout=log,
                stderr=log,
            )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: is_ready(url), "Alertmanager", alive=process, log=tmp_path / "log")
            yield url, sink
        finally:
            process.kill()
            process.wait()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready").status_code == 200
    except httpx.HTTPError:
        return False


def play(url: str) -> list[Change]:
    """The script in real time; gives it with the times at which it was said, as late as this machine is."""
    silence = {
        "matchers": [{"name": "area", "value": "quiet", "isRegex": False, "isEqual": True}],
        "startsAt": at(datetime.now(UTC)),
        "endsAt": at(datetime.now(UTC) + timedelta(hours=1)),
        "createdBy": "test",
        "comment": "test",
    }
    played = []
    with httpx.Client(base_url=f"{url}/api/v2") as client:
        assert client.post("/silences", json=silence).status_code == 200
        began = time.monotonic()
        for when, area, name, fires in SCRIPT:
            left = when - (time.monotonic() - began)
            if left > 0:
                time.sleep(left)  # their clock is the real one
            now = datetime.now(UTC)
            alert: dict[str, Any] = {"labels": labels(area, name)}
            if fires:
                alert |= {"startsAt": at(now), "endsAt": at(now + timedelta(hours=1))}
            else:
                alert |= {"endsAt": at(now)}
            assert client.post("/alerts", json=[alert]).status_code == 200
            played.append((time.monotonic() - began, area, name, fires))
    time.sleep(max(0.0, END_S - (time.monotonic() - began)))
    return played


def at(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def test_our_script_meets_every_kind_of_message() -> None:
    said = ours()
    assert ("press", ("a", "b"), ()) in said
    assert ("press", ("b", "c"), ("a",)) in said
    assert ("press", (), ("b", "c")) in said
    assert said.count(("paint", ("x",), ())) == 2
    assert not [one for one in said if one[0] in {"weld", "quiet"}]
    assert ("hall", ("down", "major"), ()) in said
    assert ("hall", ("major", "minor"), ("down",)) in said


def test_alertmanager_says_the_same(alertmanager: tuple[str, Receiver]) -> None:
    url, sink = alertmanager
    played = play(url)
    assert sorted(theirs(sink)) == sorted(ours(played))
