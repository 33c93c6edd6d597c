"""Passwords: how they are hashed, and which are refused."""

from functools import cache

from argon2 import PasswordHasher, exceptions

SHORTEST = 10
LONGEST = 256

# OWASP's argon2id minimum: 19 MiB and some 30 ms. Log-ins run two at a time, so that they never take more
# than 38 MiB from a small machine.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class PasswordError(ValueError):
    """The password is too weak to be one."""


def hashed(password: str, login: str = "") -> str:
    """The argon2id hash to store; some 30 ms of work.

    Raises:
        PasswordError: it is too short, too long, too plain, or the login itself.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordError(f"a password has {SHORTEST} to {LONGEST} characters, this has {len(password)}")
    if len(set(password)) < 4 or password.lower() in {login.lower(), login.lower() * 2}:
        raise PasswordError("this password is too easy to guess")
    return _hasher.hash(password)


def rehashed(password: str) -> str:
    """The hash of a password that is already someone's, with today's parameters."""
    return _hasher.hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether a password is the one behind a stored hash; some 30 ms of work either way."""
    try:
        return _hasher.verify(stored, password[: LONGEST + 1])
    except (exceptions.VerifyMismatchError, exceptions.InvalidHashError):
        return False


@cache
def nobodys() -> str:
    """The hash to check when a login is unknown, so that the answer takes as long as for a known one."""
    return _hasher.hash("the password of nobody")


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)
