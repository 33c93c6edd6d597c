import numpy as np
import pytest

from lineshaft.domain.geometry import Polyline
from lineshaft.domain.ways import Leg, RoadWay, WayError, key_of, places_of, simplified, to_document, way_of

WAY = RoadWay("hz-sh", ((30.27, 120.15), (31.23, 121.47)), (Leg(170_000.0, 7_200.0),), "osrm")


def test_a_way_goes_through_its_document() -> None:
    assert way_of(to_document(WAY)) == WAY
    assert WAY.drive_s == 7_200.0
    assert RoadWay("a", WAY.points).drive_s is None


def test_a_key_holds_its_places_to_a_metre() -> None:
    places = ((30.270001, 120.15), (-31.5, -0.00001))
    assert np.allclose(places_of(key_of(places)), places, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"points": [[30.0, 120.0]]}, "1 points"),
        ({"points": [[30.0, 120.0], [30.0, 120.0]]}, "0 m long"),
        ({"points": [[30.0, 120.0], [91.0, 120.0]]}, "not on the earth"),
        ({"points": [[30.0, 120.0], [float("nan"), 120.0]]}, "not on the earth"),
        ({"points": [[30.0], [31.0]]}, "no way"),
        ({"legs": [[170_000.0, 60.0]]}, "nobody drives"),
        ({"legs": [[0.0, 0.0]]}, "no time"),
        ({"legs": [[1.0, -5.0]]}, "nobody drives"),
        ({"key": ""}, "key"),
        ({"points": None}, "no way"),
    ],
)
def test_what_nobody_can_drive_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(WayError, match=said):
        way_of(to_document(WAY) | change)


def test_a_long_way_keeps_its_course_with_few_points() -> None:
    turn = np.linspace(0, 40, 60_000)
    points = [
        (30 + 0.05 * t + 0.01 * s, 120 + 0.05 * t) for t, s in zip(turn.tolist(), np.sin(turn), strict=True)
    ]
    short = simplified(points)
    assert len(short) <= 1_000
    assert (short[0], short[-1]) == (points[0], points[-1])
    line = Polyline(*zip(*short, strict=True))
    assert max(line.project(*points[at])[1] for at in range(0, len(points), 997)) < 60
