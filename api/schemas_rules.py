"""What the routes of rules take in; the document itself is checked by `lineshaft.domain.rules`."""

from typing import Annotated, Any

from pydantic import Field

from api.schemas import Instant, Line, StrictInput


class DraftInput(StrictInput):
    """A rule, or a change of one, and why."""

    document: dict[str, Any] = Field(
        description="See `/rules/schema`.",
        examples=[
            {
                "kind": "condition",
                "id": "pump-hot",
                "name": {"en": "Pump hot", "zh": "泵过热"},
                "scope": {"kind": ["pump"]},
                "when": {"is": "value", "signal": "temp", "op": ">", "levels": [{"limit": 75}]},
            }
        ],
    )
    why: Line = Field(min_length=1, examples=["bearing 3 ran hot unseen"])


class ActivateInput(StrictInput):
    """Which version is to be put to work, and why."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    why: Line = Field(min_length=1, examples=["tried on 30 days: 4 calls, no fault missed"])


class RetireInput(StrictInput):
    """Why a rule is taken out of work."""

    why: Line = Field(min_length=1, examples=["the pump is gone"])


class BacktestInput(StrictInput):
    """A rule to try on the past."""

    document: dict[str, Any]
    from_ts: Instant
    to_ts: Instant
