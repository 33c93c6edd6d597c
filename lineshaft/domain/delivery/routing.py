"""From the receivers of a policy to addresses: which person by which channel, at this hour."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lineshaft.domain.delivery.policies import Receiver
from lineshaft.domain.delivery.rota import Hours, Rota, on_call
from lineshaft.domain.shifts import turn_at

BROWSER = "browser"
"""The channel everybody has who may log in: its target is the login."""
LEAST_URGENT = {"browser": 4, "webhook": 4, "email": 3, "apprise": 2}
"""Channel → least urgent priority a person hears by it, unless they chose otherwise."""


@dataclass(slots=True, frozen=True)
class Person:
    """Somebody who may log in."""

    login: str
    role: str
    language: str = "en"


@dataclass(slots=True, frozen=True)
class Contact:
    """A place messages can go: an e-mail address, a webhook, a chat; its secrets are elsewhere."""

    key: str
    channel: str
    owner: str = ""
    """Login; empty: it belongs to the works."""
    language: str = "en"


@dataclass(slots=True, frozen=True)
class Preference:
    """What a person wants to be told by which way, and when not."""

    login: str
    channels: dict[str, int] = field(default_factory=dict)
    """Channel → least urgent priority; 0: never by this one."""
    quiet: tuple[Hours, ...] = ()
    timezone: str = "UTC"
    break_through: int = 1
    """Priorities up to this come in quiet hours as well; 0: none."""
    digest_s: float = 0
    """What is less urgent than `digest_above` is collected for so long; 0: nothing is."""
    digest_above: int = 2


@dataclass(slots=True, frozen=True)
class Address:
    """Where one message goes."""

    channel: str
    target: str
    language: str
    login: str = ""

    @property
    def key(self) -> str:
        """What groups remember it by."""
        return f"{self.channel}\n{self.target}"


@dataclass(slots=True, frozen=True)
class Directory:
    """Everybody who can be told, and how."""

    people: dict[str, Person] = field(default_factory=dict)
    teams: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Team → logins."""
    rotas: dict[str, Rota] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    preferences: dict[str, Preference] = field(default_factory=dict)

    def preference(self, login: str) -> Preference:
        """What a person wants, or what holds for everybody."""
        return self.preferences.get(login) or Preference(login)


def logins(receiver: Receiver, directory: Directory, at_us: int) -> tuple[str, ...]:
    """The people a receiver means at an instant."""
    if receiver.kind == "role":
        return tuple(one.login for one in directory.people.values() if one.role == receiver.key)
    if receiver.kind == "team":
        return directory.teams.get(receiver.key, ())
    if receiver.kind == "rota":
        rota = directory.rotas.get(receiver.key)
        person = on_call(rota, at_us) if rota else None
        return (person,) if person else ()
    return (receiver.key,) if receiver.kind == "person" else ()


def addresses(
    receivers: Iterable[Receiver], channels: tuple[str, ...], directory: Directory, at_us: int
) -> list[Address]:
    """Every address of some receivers, each once, in order; whether a person wants it is for `wants`."""
    found: dict[str, Address] = {}
    for receiver in receivers:
        if receiver.kind == "contact":
            contact = directory.contacts.get(receiver.key)
            if contact and not contact.owner:
                address = Address(contact.channel, contact.key, contact.language)
                found.setdefault(address.key, address)
            continue
        for login in logins(receiver, directory, at_us):
            for address in _ways(login, directory):
                if not channels or address.channel in channels:
                    found.setdefault(address.key, address)
    return list(found.values())


def wants(address: Address, priority: int, directory: Directory) -> bool:
    """Whether an address takes messages of a priority at all."""
    if not address.login:
        return True
    chosen = directory.preference(address.login).channels
    return priority <= chosen.get(address.channel, LEAST_URGENT.get(address.channel, 4))


def is_quiet(address: Address, priority: int, directory: Directory, at_us: int) -> bool:
    """Whether a person is not to be disturbed now; what is still so afterwards is told then."""
    if not address.login:
        return False
    wish = directory.preference(address.login)
    if priority <= wish.break_through or not wish.quiet or address.channel == BROWSER:
        return False
    return turn_at(wish.quiet, wish.timezone, at_us) is not None


def digest_s(address: Address, priority: int, directory: Directory) -> float:
    """For how long a message of a priority is collected with others; 0: it is not."""
    if not address.login or address.channel == BROWSER:
        return 0
    wish = directory.preference(address.login)
    return wish.digest_s if priority > wish.digest_above else 0


def _ways(login: str, directory: Directory) -> list[Address]:
    person = directory.people.get(login)
    if person is None:
        return []
    own = [one for one in directory.contacts.values() if one.owner == login]
    return [
        Address(BROWSER, login, person.language, login),
        *(Address(one.channel, one.key, person.language, login) for one in own),
    ]
