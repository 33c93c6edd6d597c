"""The pages by sections, in the order of the navigation. A new page is a file and its place here."""

from dashboard.pages import (
    alarms,
    carriers,
    eta_accuracy,
    fences,
    freight,
    handover,
    logistics,
    machine,
    machines,
    maintenance,
    models,
    notifications,
    order,
    orders,
    overview,
    planning,
    rules,
    shipment,
    system,
    trace,
    vehicle,
    work_order,
)
from dashboard.visit import Page

SECTIONS: tuple[tuple[Page, ...], ...] = (
    (overview, handover),
    (machines, machine, models),
    (alarms, rules, notifications),
    (maintenance, work_order),
    (logistics, shipment, vehicle, orders, order, planning, freight, carriers, eta_accuracy, fences),
    (trace,),
    (system,),
)
"""The navigation in its order: each section is led by the page that stands for it at the top."""

PAGES: tuple[Page, ...] = tuple(page for section in SECTIONS for page in section)


def find(path: str) -> tuple[Page, str] | None:
    """The page of a path and the {key} in it; None when there is none.

    >>> find("/machines/pump-101")[1]
    'pump-101'
    >>> find("/nowhere") is None
    True
    """
    path = path.rstrip("/") or "/"
    for page in PAGES:
        start, has_key, _ = page.PATH.partition("{key}")
        if path == page.PATH:
            return page, ""
        key = path.removeprefix(start)
        if has_key and path.startswith(start) and key and "/" not in key:
            return page, key
    return None
