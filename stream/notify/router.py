"""Makes messages of what happens to alarms: reads the changes, asks the policies, fills the outbox.

One process routes, under a lock of the database. What it remembers (groups, what was said to whom, how far an
escalation came) it writes in the transaction that takes the changes and puts the messages, so that a crash
repeats nothing and loses nothing; a message's id follows from what it says, to whom.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import TypeVar
from uuid import uuid5

import msgspec
import structlog
from prometheus_client import Gauge

from lineshaft.clock import SECOND_US, Clock
from lineshaft.domain.alarms import NAMESPACE, Alarm
from lineshaft.domain.delivery import grouping
from lineshaft.domain.delivery.grouping import Group, Labels, Member, Round
from lineshaft.domain.delivery.message import MOST_ALARMS, Body
from lineshaft.domain.delivery.muting import Muting, Silence
from lineshaft.domain.delivery.notices import Notice
from lineshaft.domain.delivery.places import Places, notice_of, places_of
from lineshaft.domain.delivery.policies import Inhibition, Policy, group_labels, is_about
from lineshaft.domain.delivery.rota import Rota
from lineshaft.domain.delivery.routing import (
    Address,
    Directory,
    Preference,
    addresses,
    digest_s,
    is_quiet,
    wants,
)
from lineshaft.store import alarm_changes, notifications, routing
from lineshaft.store.database import Connection, ConnectionLost, listen
from lineshaft.store.notifications import Message

log = structlog.get_logger()

AT_ONCE = 2000
"""Changes in one transaction."""
LOOK_EVERY_S = 5.0
"""How old what people set may be; a change is also told by a notification."""
RETRY_S = 1.0
RIVAL_S = 2.0
POLL_S = 1.0

BACKLOG = Gauge("lineshaft_notification_outbox_backlog", "Messages that wait")
DEAD = Gauge("lineshaft_notification_dead_letters", "Messages that were given up and not replayed")

Key = tuple[str, Labels]
Kind = TypeVar("Kind")


@dataclass(slots=True)
class Router:
    """What routing knows; everything in it can be read again from the database."""

    clock: Clock
    places: Places = field(default_factory=Places)
    plant_version: int = 0
    policies: dict[str, Policy] = field(default_factory=dict)
    inhibitions: list[Inhibition] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    directory: Directory = field(default_factory=Directory)
    groups: dict[Key, Group] = field(default_factory=dict)
    firing: dict[str, Notice] = field(default_factory=dict)
    looked_us: int = -(1 << 62)
    _changed: dict[Key, Group] = field(default_factory=dict)
    _over: set[Key] = field(default_factory=set)
    _messages: list[Message] = field(default_factory=list)

    def load(self, conn: Connection) -> None:
        """Begin: read the groups; the first step reads the rest."""
        self.groups = {
            (group.policy, group.labels): group
            for group in (msgspec.convert(state, Group, strict=False) for state in routing.groups(conn))
        }

    def look(self, conn: Connection) -> list[Alarm]:
        """Read what people have set; gives the alarms that are open, which have to meet that; commits."""
        found = routing.plant(conn, self.plant_version)
        if found:
            self.plant_version, self.places = found[0], places_of(found[1])
        said = {kind: routing.settings(conn, kind) for kind in ("policy", "inhibition", "rota", "team")}
        self.policies = {
            key: policy for key, policy in _convert(said["policy"], Policy).items() if policy.enabled
        }
        self.inhibitions = [one for one in _convert(said["inhibition"], Inhibition).values() if one.enabled]
        wishes = {key: wish | {"login": key} for key, wish in routing.settings(conn, "preference").items()}
        self.directory = Directory(
            routing.people(conn),
            {key: tuple(team.get("people", ())) for key, team in said["team"].items()},
            _convert(said["rota"], Rota),
            routing.contacts(conn),
            _convert(wishes, Preference),
        )
        self.silences = routing.silences(conn, self.clock())
        waiting = notifications.backlog(conn)
        BACKLOG.set(waiting.waiting)
        DEAD.set(waiting.dead)
        self.looked_us = self.clock()
        return alarm_changes.open_alarms(conn)

    def meet(self, alarms: Sequence[Alarm]) -> None:
        """Have every open alarm meet the policies as they are now."""
        self.firing = {}
        for alarm in alarms:
            self.take(notice_of(alarm, "", self.places))

    def take(self, notice: Notice) -> None:
        """Take in a change of an alarm."""
        if notice.is_firing:
            self.firing[notice.key] = notice
        else:
            self.firing.pop(notice.key, None)
        now_us = self.clock()
        for policy in self.policies.values():
            key = (policy.key, group_labels(policy, notice))
            inside = self._groups_with(policy, notice)
            for other in inside:
                if other != key or not (is_about(policy.scope, notice) or not notice.is_firing):
                    self.groups[other].members.pop(notice.key, None)
                    self._changed[other] = self.groups[other]
            if key in inside or (notice.is_firing and is_about(policy.scope, notice)):
                group = self.groups.get(key)
                if group is None or (group.is_told and not group.members and group.next_us <= now_us):
                    group = self.groups[key] = grouping.begin(policy, key[1], now_us)
                grouping.take(group, policy, notice, now_us)
                self._changed[key] = group

    def tell(self) -> None:
        """Make the messages that are due."""
        now_us = self.clock()
        muting = Muting(self.silences, self.inhibitions, self.firing, now_us)
        for key, group in list(self.groups.items()):
            policy = self.policies.get(key[0])
            if policy is None:
                self._end(key)
                continue
            if grouping.wake_us(group, policy) > now_us:
                continue
            self._changed[key] = group
            late = grouping.overdue(group, policy, muting.is_mute, now_us)
            if late:
                self._escalate(group, policy, late)
            if group.next_us <= now_us:
                if grouping.is_over(group):
                    self._end(key)
                else:
                    self._round(group, policy, muting)

    def wake_us(self) -> int:
        """When something is due next."""
        waits = [
            grouping.wake_us(group, self.policies[key[0]])
            for key, group in self.groups.items()
            if key[0] in self.policies
        ]
        return min(waits, default=grouping.NEVER_US)

    def keep(self, conn: Connection) -> int:
        """Write what became of it, in the caller's transaction; gives how many messages are new."""
        added = notifications.put(conn, self._messages, self.clock())
        changed = [
            (key[0], [list(pair) for pair in key[1]], msgspec.json.encode(group))
            for key, group in self._changed.items()
            if key not in self._over
        ]
        routing.keep_groups(conn, changed, [(key[0], [list(pair) for pair in key[1]]) for key in self._over])
        if added:
            conn.execute("SELECT pg_notify('notification', '')")
        self._changed, self._over, self._messages = {}, set(), []
        return added

    def step(self, conn: Connection) -> int:
        """Take what is new, tell what is due, and commit; gives how many changes and messages there were."""
        now_us = self.clock()
        is_time = now_us - self.looked_us >= LOOK_EVERY_S * SECOND_US
        alarms = self.look(conn) if is_time else []
        news = routing.take_news(conn, AT_ONCE)
        for one in news:
            event = "escalate" if "escalate" in one.events else one.events[-1]
            self.take(notice_of(one.alarm, event, self.places))
        if is_time:
            # After the news: who sees first that an alarm is back does not learn that it was acknowledged.
            self.meet(alarms)
        if not news and not self._changed and self.wake_us() > now_us:
            conn.rollback()
            return 0
        self.tell()
        added = self.keep(conn)
        conn.commit()
        return len(news) + added

    def _groups_with(self, policy: Policy, notice: Notice) -> list[Key]:
        return [
            key for key, group in self.groups.items() if key[0] == policy.key and notice.key in group.members
        ]

    def _end(self, key: Key) -> None:
        del self.groups[key]
        self._changed.pop(key, None)
        self._over.add(key)

    def _round(self, group: Group, policy: Policy, muting: Muting) -> None:
        now_us = self.clock()
        found = grouping.due(group, muting.is_mute)
        owed: set[str] = set()
        for address in addresses(policy.to, policy.channels, self.directory, now_us):
            heard = self._for(address, found)
            told = group.told.get(address.key)
            if not grouping.is_news(told, heard, policy, now_us):
                continue
            worst = min(one.notice.priority for one in (*heard.firing, *heard.resolved))
            if is_quiet(address, worst, self.directory, now_us):
                owed |= told.firing if told else set()
                continue
            grouping.hear(group, address.key, heard, now_us)
            if heard.firing or policy.send_resolved:
                self._put(group, policy, address, heard, "firing" if heard.firing else "resolved")
        grouping.settle(group, policy, found, now_us, owed)

    def _for(self, address: Address, found: Round) -> Round:
        """What of a round an address wants to hear."""
        return Round(
            tuple(one for one in found.firing if wants(address, one.notice.priority, self.directory)),
            tuple(one for one in found.resolved if wants(address, one.notice.priority, self.directory)),
        )

    def _escalate(self, group: Group, policy: Policy, late: Sequence[Member]) -> None:
        now_us = self.clock()
        for level in sorted({member.level for member in late}):
            step = policy.escalation[level]
            those = tuple(member for member in late if member.level == level)
            for address in addresses(step.to, policy.channels, self.directory, now_us):
                # Nobody acknowledges: this is what quiet hours and digests are broken for.
                self._put(group, policy, address, Round(those, ()), "escalated", level + 1)
            for member in those:
                member.level = level + 1

    def _put(  # noqa: PLR0913, PLR0917 - a message is of a group, by a policy, to someone, about something
        self, group: Group, policy: Policy, address: Address, said: Round, kind: str, level: int = 0
    ) -> None:
        now_us = self.clock()
        told = group.told.get(address.key)
        body = body_of(policy, group, said, kind, self.places)
        if kind == "escalated":
            body["minutes"] = round(policy.escalation[level - 1].after_s / 60)
        delay_s = 0.0 if kind == "escalated" else digest_s(address, body["worst"], self.directory)
        # What is said again after the repeat interval is another message than the first.
        marks = [*sorted(said.told[0]), "", *sorted(said.told[1]), str(told.at_us if told else level)]
        occurrences = sorted(
            f"{one.notice.alarm_id} {one.notice.order}" for one in said.firing + said.resolved
        )
        parts = (kind, policy.key, address.key, str(level), *occurrences, *marks)
        due_us = now_us if not delay_s else _boundary_us(now_us, delay_s)
        single = body["alarms"][0]["id"] if body["count"] == 1 else None
        self._messages.append(
            Message(
                notification_id=uuid5(NAMESPACE, "\n".join(parts)),
                channel=address.channel,
                target=address.target,
                body=body,
                policy=policy.key,
                language=address.language,
                due_us=due_us,
                is_digest=delay_s > 0,
                alarm_id=single,
            )
        )


def body_of(policy: Policy, group: Group, said: Round, kind: str, places: Places) -> Body:
    """What a message carries, in no language."""
    members = sorted(
        (*said.firing, *said.resolved),
        key=lambda one: (not one.notice.is_firing, one.notice.priority, one.notice.since_us, one.notice.key),
    )
    body: Body = {
        "v": 1,
        "kind": kind,
        "policy": policy.name or policy.key,
        "group": dict(group.labels),
        "count": len(members),
        "firing": len(said.firing),
        "resolved": len(said.resolved),
        "worst": min(one.notice.priority for one in members),
        "ts": max(one.notice.at_us for one in members) // 1000,
        "alarms": [one.notice.facts for one in members[:MOST_ALARMS]],
    }
    inner = next((key for _, key in reversed(group.labels) if key in places.of), None)
    if inner:
        name = places.of[inner].name
        body["place"] = {"en": name.en, "zh": name.zh or name.en}
    return body


def _boundary_us(now_us: int, every_s: float) -> int:
    every_us = round(every_s * SECOND_US)
    return (now_us // every_us + 1) * every_us


def _convert(documents: dict[str, dict[str, object]], kind: type[Kind]) -> dict[str, Kind]:
    """Documents as values; one that is broken is left out and told, the others count."""
    found: dict[str, Kind] = {}
    for key, document in documents.items():
        try:
            found[key] = msgspec.convert(document, kind, strict=False)
        except msgspec.ValidationError as error:
            log.error("setting_refused", kind=kind.__name__, key=key, why=str(error))  # noqa: TRY400 - no fault of ours
    return found


def run(router: Callable[[], Router], connect: Callable[[], Connection], stop: Event) -> None:
    """Route until told to stop, while no other process does; a lost database is waited for."""
    while not stop.is_set():
        try:
            with connect() as conn:
                if not routing.become_router(conn):
                    stop.wait(RIVAL_S)
                    continue
                _follow(router(), conn, stop)
        except ConnectionLost as error:
            log.warning("database_lost", part="router", why=str(error))
            stop.wait(RETRY_S)


def _follow(router: Router, conn: Connection, stop: Event) -> None:
    router.load(conn)
    conn.commit()
    while not stop.is_set():
        if router.step(conn):
            continue
        left_s = (router.wake_us() - router.clock()) / SECOND_US
        for _, what in listen(conn, ("notification",), max(0.01, min(left_s, POLL_S))):
            if what == "settings":
                router.looked_us = -(1 << 62)
            break
