"""What the API takes in about geofences, checked once at the border."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import Line
from lineshaft.domain.fences import DWELL_S, LEAST_RADIUS_M, MOST_POINTS

Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class FenceInput(BaseModel):
    """A geofence as it is drawn."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: Line = Field(min_length=1, examples=["Hangzhou yard"])
    kind: Literal["circle", "polygon", "corridor"]
    points: list[list[Degrees]] = Field(
        min_length=1,
        max_length=MOST_POINTS,
        examples=[[[30.27, 120.15]]],
        description="[latitude, longitude] of the centre, the corners, or along the line.",
    )
    radius_m: float | None = Field(
        None, ge=LEAST_RADIUS_M, le=200_000, description="Of a circle; of a corridor to each side."
    )
    dwell_s: float = Field(DWELL_S, ge=0, le=86_400, description="A visit stays at least so long.")
    margin_m: float | None = Field(
        None, ge=10, le=50_000, description="It is left so much further out than it is entered."
    )
