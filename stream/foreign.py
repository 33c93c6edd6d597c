"""The second connection of ingest: topics of other dialects, as the plant's description binds them.

They have a connection of their own because several filters on one break the order of our own topics on some
brokers. It is made when the first topic is bound, and made anew when the bindings change; the session at the
broker stays the same, so nothing that waits there is lost.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from lineshaft.broker.inlet import Inlet
from lineshaft.broker.message import Message
from lineshaft.broker.packets import Terms
from lineshaft.clock import Clock
from lineshaft.domain.bindings import Binding, wildcards_of
from lineshaft.store.bindings import Asked
from lineshaft.wire.door import Door
from stream.inbox import Inbox
from stream.ledger import Arrival

CLIENT_ID = "lineshaft-ingest-foreign"
SESSION_EXPIRY_S = 24 * 3600
RECEIVE_MAXIMUM = 500
NOTHING = Asked((), ())

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Foreign:
    """Listens to what is asked for; no connection while nothing is."""

    broker_url: str
    inbox: Inbox
    clock: Clock
    may_connect: Callable[[], bool]
    asked: Asked = NOTHING
    inlet: Inlet | None = None
    number: int = 0
    """Of the present inlet: what came by an earlier one must not be acknowledged on this."""

    def heed(self, asked: Asked | None) -> None:
        """Listen to what is asked for now; None where nobody knows, and it stays as it is."""
        if asked is None or asked == self.asked:
            return
        self.close()
        self.asked = asked
        if not asked.bindings and not asked.former:
            return
        self.number += 1
        self.inlet = self._inlet(asked, self.number)
        self.inlet.__enter__()
        _log.info("foreign topics", filters=[one.filter for one in asked.bindings])

    def ack(self, arrivals: list[Arrival]) -> None:
        """Acknowledge those of some arrivals that came by this connection, in their order."""
        if self.inlet is not None:
            mine = [arrival.message for arrival in arrivals if arrival.link == self.number]
            if mine:
                self.inlet.ack(mine)

    def close(self) -> None:
        """Hang up; the broker keeps what comes meanwhile."""
        if self.inlet is not None:
            self.inlet.__exit__(None, None, None)
            self.inlet = None

    def _inlet(self, asked: Asked, number: int) -> Inlet:
        def came(messages: list[Message]) -> None:
            now_us = self.clock()
            self.inbox.put(
                [
                    Arrival(message, now_us, link=number, door=door_of(asked.bindings, message.topic))
                    for message in messages
                ]
            )

        inlet = Inlet(
            self.broker_url,
            CLIENT_ID,
            Terms(RECEIVE_MAXIMUM, clean_start=False, session_expiry_s=SESSION_EXPIRY_S),
            on_messages=came,
            has_room=lambda: self.inbox.has_room,
            may_connect=self.may_connect,
        )
        for one in asked.bindings:
            inlet.subscribe(one.filter, qos=1, retain_handling=1)
        inlet.drop(asked.former)
        return inlet


def door_of(bindings: tuple[Binding, ...], topic: str) -> Door | None:
    """The door that a topic's message comes in by: of the first binding that matches; None where none does.

    >>> door_of((Binding("owntracks/+/+", "owntracks", "hall1", "owntracks"),), "owntracks/ckrey/phone")
    Door(site='hall1', agent='owntracks', dialect='owntracks', device='ckrey-phone', timezone='', crs='wgs84')
    """
    for one in bindings:
        named = wildcards_of(one.filter, topic)
        if named is not None:
            return Door(one.site, one.agent, one.dialect, "-".join(named), one.timezone, one.crs)
    return None
