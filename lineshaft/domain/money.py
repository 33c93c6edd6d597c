"""Money: exact decimals in one currency, rounded once, half to even, where an amount becomes due."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

CENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3, "OMR": 3, "TND": 3}
"""Decimals of a currency where they are not two (ISO 4217)."""


class CurrencyError(ValueError):
    """Amounts of two currencies cannot be added: nobody said at which rate."""


@dataclass(slots=True, frozen=True, order=True)
class Money:
    """An amount of one currency.

    >>> Money.of("0.10", "CNY") + Money.of("0.20", "CNY")
    Money(amount=Decimal('0.30'), currency='CNY')
    >>> Money.of("2.125", "EUR").due
    Money(amount=Decimal('2.12'), currency='EUR')
    """

    amount: Decimal
    currency: str

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> "Money":
        """From a text or whole number: a float is no exact amount.

        Raises:
            ValueError: it is none, or not finite.
        """
        return cls(decimal(amount), currency)

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, factor: int | Decimal) -> "Money":
        return Money(self.amount * factor, self.currency)

    @property
    def due(self) -> "Money":
        """Rounded to what can be paid."""
        step = Decimal(1).scaleb(-CENTS.get(self.currency, 2))
        return Money(self.amount.quantize(step, ROUND_HALF_EVEN), self.currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: "Money") -> None:
        if other.currency != self.currency:
            raise CurrencyError(f"{self} and {other}")


def decimal(amount: str | int | Decimal) -> Decimal:
    """An exact decimal.

    Raises:
        ValueError: it is none, or not finite.
    """
    try:
        exact = Decimal(amount)
    except InvalidOperation:
        raise ValueError(f"expected an amount, got {amount!r}") from None
    if not exact.is_finite():
        raise ValueError(f"expected an amount, got {amount!r}")
    return exact


def quantity(measured: float) -> Decimal:
    """A measured number as a decimal, to the thousandth: what scales and odometers tell.

    >>> quantity(0.1 + 0.2)
    Decimal('0.300')
    """
    return Decimal(str(round(measured, 3))).quantize(Decimal("0.001"))
