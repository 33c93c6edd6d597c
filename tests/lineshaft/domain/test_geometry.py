import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineshaft.domain.geometry import Polyline, bearing_deg, distance_m

latitudes, longitudes = st.floats(-89, 89), st.floats(-180, 180)


@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_symmetric_and_bounded(lat1: float, lon1: float, lat2: float, lon2: float) -> None:
    there, back = float(distance_m(lat1, lon1, lat2, lon2)), float(distance_m(lat2, lon2, lat1, lon1))
    assert there == pytest.approx(back, abs=1e-3)
    assert 0 <= there <= 20_015_200


def test_distance_takes_arrays() -> None:
    assert distance_m(np.zeros(3), np.zeros(3), np.zeros(3), np.arange(3.0)).round(-2).tolist() == [
        0.0, 111_200.0, 222_400.0,
    ]  # fmt: skip


def test_bearing_goes_clockwise_from_north() -> None:
    assert [round(float(bearing_deg(0, 0, lat, lon))) for lat, lon in ((1, 0), (0, 1), (-1, 0), (0, -1))] == [
        0, 90, 180, 270,
    ]  # fmt: skip


def test_a_point_beyond_the_end_projects_onto_the_end() -> None:
    line = Polyline((0.0, 0.0), (0.0, 1.0))
    along, off = line.project(0.0, 1.5)
    assert along == pytest.approx(line.length_m)
    assert off == pytest.approx(55_597, rel=1e-3)


def test_a_path_that_comes_back_does_not_pull_back() -> None:
    there_and_back = Polyline((0.0, 0.0, 0.001), (0.0, 1.0, 0.0))
    early, _ = there_and_back.project(0.0, 0.5)
    later, _ = there_and_back.project(0.0, 0.5, from_m=there_and_back.length_m * 0.6)
    assert early < there_and_back.length_m / 2 < later


@given(st.floats(0, 1))
def test_a_point_on_the_path_is_found_where_it_is(share: float) -> None:
    line = Polyline((30.0, 30.5, 31.0), (120.0, 120.2, 121.0))
    lat = np.interp(share * line.length_m, line.along_m, line.lat)
    lon = np.interp(share * line.length_m, line.along_m, line.lon)
    along, off = line.project(float(lat), float(lon))
    assert along == pytest.approx(share * line.length_m, abs=200)
    assert off < 100
