"""GCJ-02, the shifted coordinates of Chinese maps and of many trackers sold there, and WGS-84.

The shift is 100 to 700 m and no function of it was ever published; this is the polynomial everyone uses,
after eviltransform (github.com/googollee/eviltransform), with the Krasovsky 1940 ellipsoid. What is outside
the box around China is not shifted.
"""

import math

AXIS_M = 6_378_245.0
ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
LAT, LON = (0.8293, 55.8271), (72.004, 137.8347)
"""The box: degrees from and to."""
ENOUGH_DEG = 1e-7
"""A centimetre."""
TURNS = 10


def to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """A WGS-84 position as GCJ-02 shows it.

    >>> [round(value, 5) for value in to_gcj02(39.90734, 116.39089)]
    [39.90874, 116.39713]
    >>> to_gcj02(51.5, 0.0)
    (51.5, 0.0)
    """
    if not is_shifted(lat, lon):
        return lat, lon
    x, y = lon - 105.0, lat - 35.0
    root = math.sqrt(abs(x))
    waves = 20.0 * math.sin(6.0 * math.pi * x) + 20.0 * math.sin(2.0 * math.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (waves + 20.0 * math.sin(math.pi * y) + 40.0 * math.sin(math.pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * math.sin(math.pi / 12.0 * y) + 320.0 * math.sin(math.pi / 30.0 * y)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (waves + 20.0 * math.sin(math.pi * x) + 40.0 * math.sin(math.pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * math.sin(math.pi / 12.0 * x) + 300.0 * math.sin(math.pi / 30.0 * x)) * 2.0 / 3.0
    phi = math.radians(lat)
    bend = 1.0 - ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    metres_north = AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / (bend * math.sqrt(bend))
    metres_east = AXIS_M / math.sqrt(bend) * math.cos(phi)
    return lat + math.degrees(north / metres_north), lon + math.degrees(east / metres_east)


def to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    """A GCJ-02 position in WGS-84, to a centimetre: found by trying, for there is no inverse.

    >>> [round(value, 5) for value in to_wgs84(39.90874, 116.39713)]
    [39.90734, 116.39089]
    """
    found_lat, found_lon = lat, lon
    for _ in range(TURNS):
        shown_lat, shown_lon = to_gcj02(found_lat, found_lon)
        off_lat, off_lon = shown_lat - lat, shown_lon - lon
        found_lat, found_lon = found_lat - off_lat, found_lon - off_lon
        if abs(off_lat) < ENOUGH_DEG and abs(off_lon) < ENOUGH_DEG:
            break
    return found_lat, found_lon


def is_shifted(lat: float, lon: float) -> bool:
    """Whether a position is in the box where maps are shifted."""
    return LAT[0] <= lat <= LAT[1] and LON[0] <= lon <= LON[1]
