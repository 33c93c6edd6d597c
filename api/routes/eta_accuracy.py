"""How good the arrival times were that were told."""

from dataclasses import asdict
from typing import Final

from fastapi import APIRouter

from api.deps import READERS, Conn, Json, TheSpan, allow
from lineshaft.domain.eta_accuracy import Accuracy, Grade, accuracy
from lineshaft.store import eta_accuracy

router = APIRouter(tags=["logistics"])

GRADE: Final = Grade("2-4", 61, 640, 11.2, -1.4, 24.0, 3.9, 0.79, 36.5, 0.74, 0.94, 0.99)
EXAMPLE: Final = Accuracy(61, False, GRADE, [GRADE], [GRADE], [GRADE], [GRADE], 48.5, 9, 8, 2.4)  # noqa: FBT003 - as listed


@router.get("/eta-accuracy", response_model=Accuracy, **allow(READERS, asdict(EXAMPLE)))
async def show_accuracy(conn: Conn, span: TheSpan) -> Json:
    """Errors, intervals and warnings of what arrived in a span; what was told counts once in ten minutes."""
    return Json(accuracy(await eta_accuracy.told(conn, span), await eta_accuracy.courses(conn, span)))
