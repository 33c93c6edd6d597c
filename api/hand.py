"""The hand that does something to maintenance: a person, the instant, and the transaction it happens in."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, Header

from api.deps import Actor, Conn, Me, TheWeb, Who
from lineshaft.domain.maintenance.orders import id_of_key
from lineshaft.store import audit
from lineshaft.store.audit import Facts
from lineshaft.store.database import AsyncConnection

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[\x21-\x7e]{8,64}$",
        description="Of the sender's making: said again, the same thing is not done again.",
    ),
]


@dataclass(slots=True, frozen=True)
class Hand:
    """One person's doing, in one transaction."""

    conn: AsyncConnection
    now_us: int
    who: Actor
    role: str
    key: str | None
    """Idempotency key."""

    @property
    def login(self) -> str:
        """Who."""
        return self.who.login

    def id_of(self, noun: str) -> UUID:
        """The id of what is made now: the same for the same key of the same person."""
        return id_of_key(noun, self.login, self.key) if self.key else uuid4()

    async def note(
        self, action: str, what: str, after: Facts = None, *, before: Facts = None, reason: str = ""
    ) -> None:
        """Write it into the audit."""
        deed = self.who.deed(action, what, before=before, after=after, reason=reason or None)
        await audit.append(self.conn, deed, self.now_us)


def _hand(conn: Conn, web: TheWeb, me: Me, who: Who, idempotency_key: IdempotencyKey = None) -> Hand:
    return Hand(conn, web.clock(), who, me.role, idempotency_key)


TheHand = Annotated[Hand, Depends(_hand, scope="function")]
