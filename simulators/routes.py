"""The roads the simulated trucks drive: real cities, and ways between them that bend a little.

City coordinates are GeoNames' (geonames.org, CC BY 4.0), WGS-84. The ways are smooth curves through the
cities named, not surveyed roads: good for distances within some percent, not for turning left.
"""

from dataclasses import dataclass

import numpy as np

from lineshaft.domain.geometry import Polyline


@dataclass(frozen=True)
class City:
    """A place on the map."""

    en: str
    zh: str
    lat: float
    lon: float


CITIES = {
    "hz": City("Hangzhou", "杭州", 30.29365, 120.16142),
    "xs": City("Xiaoshan", "萧山", 30.16746, 120.25883),
    "hn": City("Haining", "海宁", 30.53629, 120.68638),
    "jx": City("Jiaxing", "嘉兴", 30.75220, 120.75000),
    "js": City("Jiashan", "嘉善", 30.84918, 120.92583),
    "sj": City("Songjiang", "松江", 31.03443, 121.22326),
    "sh": City("Shanghai", "上海", 31.22222, 121.45806),
    "sx": City("Shaoxing", "绍兴", 30.00237, 120.57864),
    "sy": City("Shangyu", "上虞", 30.01556, 120.87111),
    "yy": City("Yuyao", "余姚", 30.05000, 121.14944),
    "nb": City("Ningbo", "宁波", 29.87819, 121.54945),
    "dq": City("Deqing", "德清", 30.54485, 119.95990),
    "hu": City("Huzhou", "湖州", 30.87030, 120.09330),
    "su": City("Suzhou", "苏州", 31.30408, 120.59538),
    "ks": City("Kunshan", "昆山", 31.37762, 120.95431),
    "wx": City("Wuxi", "无锡", 31.56887, 120.28857),
    "yx": City("Yixing", "宜兴", 31.36059, 119.82016),
    "cz": City("Changzhou", "常州", 31.77359, 119.95401),
    "nj": City("Nanjing", "南京", 32.06167, 118.77778),
    "zj": City("Zhuji", "诸暨", 29.71877, 120.24233),
    "yw": City("Yiwu", "义乌", 29.31506, 120.07676),
    "jh": City("Jinhua", "金华", 29.10678, 119.64421),
}

_WAYS = (
    # key     waypoints, of which those in capitals are stops
    ("hz-sx", "HZ xs SX"),
    ("hz-jx", "HZ hn JX"),
    ("hz-hu", "HZ dq HU"),
    ("hz-sh", "HZ hn JX js sj SH"),
    ("hz-nb", "HZ xs SX sy yy NB"),
    ("hz-su", "HZ dq HU SU"),
    ("hz-wx", "HZ dq hu WX"),
    ("hz-nj", "HZ dq HU yx cz NJ"),
    ("hz-yw", "HZ xs zj YW"),
    ("hz-jh", "HZ xs ZJ yw JH"),
)

STOP_RADIUS_M = 900.0
STEPS = 8
"""Points a leg: enough to look like a road at the map's zoom."""
BEND = 0.015
"""Sideways swing of a leg as a share of its length, so that roads are longer than the crow flies."""


@dataclass(frozen=True)
class Way:
    """A route in one direction."""

    key: str
    stops: tuple[City, ...]
    line: Polyline
    stops_m: tuple[float, ...]
    """Where on the line each stop is."""


def _way(key: str, waypoints: list[str]) -> Way:
    cities = [CITIES[name.lower()] for name in waypoints]
    lat, lon = _curve(np.array([[city.lat, city.lon] for city in cities]))
    line = Polyline(tuple(lat), tuple(lon))
    halts = [i for i, name in enumerate(waypoints) if name.isupper()]
    along = line.along_m
    return Way(key, tuple(cities[i] for i in halts), line, tuple(float(along[i * STEPS]) for i in halts))


def _curve(points: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> tuple[list[float], list[float]]:
    """A Catmull-Rom curve through points, swung a little to either side; every point stays on it."""
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    share = (np.arange(STEPS) / STEPS)[:, None]
    found = []
    for leg in range(len(points) - 1):
        a, b, c, d = ends[leg : leg + 4]
        cubic = 2 * b + (c - a) * share + (2 * a - 5 * b + 4 * c - d) * share**2
        place = (cubic + (3 * b - a - 3 * c + d) * share**3) / 2
        side = np.array([c[1] - b[1], b[0] - c[0]]) * BEND * (1 if leg % 2 else -1)
        found.append(place + np.sin(share * 2 * np.pi) * side)
    curve = np.vstack([*found, points[-1:]]).round(5)
    return [float(v) for v in curve[:, 0]], [float(v) for v in curve[:, 1]]


def _both_ways() -> dict[str, Way]:
    found = {}
    for key, text in _WAYS:
        waypoints = text.split()
        back = "-".join(reversed(key.split("-")))
        found[key] = _way(key, waypoints)
        found[back] = _way(back, waypoints[::-1])
    return found


WAYS = _both_ways()
"""Route key → way; each way out has its way back."""


def back_of(key: str) -> str:
    """The key of the opposite direction.

    >>> back_of("hz-sh")
    'sh-hz'
    """
    return "-".join(reversed(key.split("-")))
