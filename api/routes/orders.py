"""Customers' orders, and the way from a machine to what it puts at risk."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException

from api import examples, examples_orders
from api.deps import PLANNERS, READERS, Conn, Json, TheWeb, Who, allow, found
from api.schemas_orders import (
    AtRiskOut,
    CustomerOrderInput,
    MachineAtRisk,
    OrderOut,
    OrderSheetInput,
    OrderSheetOut,
    SheetMistake,
    StakeOut,
    StakeTotal,
)
from lineshaft.domain.customer_orders import CustomerOrder, document_of, order_of, read_orders
from lineshaft.domain.money import Money
from lineshaft.domain.plant import Plant, from_document
from lineshaft.domain.stakes import Stake, stake, summed
from lineshaft.store import audit, customer_orders, plants
from lineshaft.store.customer_orders import OrderRow, Truckload
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import Items

router = APIRouter(tags=["orders"])

Key = Annotated[str, Path(max_length=64)]
NewKey = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Judged = list[tuple[OrderRow, Stake, list[Truckload]]]


@router.get(
    "/orders", response_model=Items[StakeOut], **allow(READERS, examples.items(examples_orders.STAKE))
)
async def list_orders(conn: Conn, web: TheWeb) -> Json:
    """The open orders with what each puts at risk; the soonest promised first."""
    judged = await _judged(conn, await customer_orders.listing(conn), web.clock())
    return Json(Items([_out(*one) for one in judged]))


@router.post(
    "/orders/import",
    status_code=201,
    response_model=OrderSheetOut,
    **allow(PLANNERS, examples_orders.SHEET),
)
async def take_sheet(body: OrderSheetInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Write the orders of a CSV sheet down: all of them, or none and a report of what is wrong where."""
    sheet = read_orders(body.csv, body.zone)
    mistakes = [SheetMistake(*one) for one in sheet.mistakes]
    unknown = {one.id: await _strangers(conn, [one]) for one in sheet.orders}
    mistakes += [
        SheetMistake(sheet.rows[key], "plant_line" if "no line" in text else "machine", text)
        for key, text in unknown.items()
        if text
    ]
    if mistakes and not body.keep_good_rows:
        return Json(OrderSheetOut([], mistakes), 422)
    good = [one for one in sheet.orders if not unknown[one.id]]
    ids = [one.id for one in good]
    await audit.append(conn, who.deed("order.import", f"{len(good)} orders", after={"ids": ids}), web.clock())
    for one in good:
        await customer_orders.put(conn, one, who.login, web.clock())
    return Json(OrderSheetOut(ids, mistakes), 201)


@router.get("/orders/{order_id}", response_model=OrderOut, **allow(READERS, examples_orders.ORDER_DETAIL))
async def show_order(order_id: Key, conn: Conn, web: TheWeb) -> Json:
    """One order: its shipments, the machines it still needs, and the alarms that endanger it."""
    row = found(await customer_orders.one(conn, order_id), "order")
    [(_, risk, loads)] = await _judged(conn, [row], web.clock())
    lines = [one for one in row.order.lines if one.is_open]
    makers = await customer_orders.makers(
        conn,
        {one.machine for one in lines if one.machine},
        {one.plant_line for one in lines if one.plant_line and not one.machine},
    )
    open_loads = [one.shipment for one in loads if one.arrived is None]
    alarms = await customer_orders.dangers(conn, [one.key for one in makers], open_loads)
    return Json(OrderOut(web.clock() // 1000, _out(row, risk, loads), makers, alarms))


@router.put("/orders/{order_id}", response_model=OrderRow, **allow(PLANNERS, examples_orders.ORDER))
async def put_order(order_id: NewKey, body: CustomerOrderInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Write an order down, new or changed."""
    try:
        order = order_of({"id": order_id, **body.model_dump()})
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    if text := await _strangers(conn, [order]):
        raise HTTPException(422, text)
    await audit.append(conn, who.deed("order.put", order_id, after=document_of(order)), web.clock())
    await customer_orders.put(conn, order, who.login, web.clock())
    return Json(found(await customer_orders.one(conn, order_id), "order"))


@router.delete("/orders/{order_id}", response_model=OrderRow, **allow(PLANNERS, examples_orders.ORDER))
async def close_order(order_id: Key, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Close an order: it is settled, and endangers nothing any more."""
    row = found(await customer_orders.one(conn, order_id), "order")
    if row.closed is None:
        await audit.append(conn, who.deed("order.close", order_id), web.clock())
        await customer_orders.close(conn, order_id, who.login, web.clock())
    return Json(found(await customer_orders.one(conn, order_id), "order"))


@router.get("/machines/{key}/at-risk", response_model=AtRiskOut, **allow(READERS, examples_orders.AT_RISK))
async def show_at_risk(key: Key, conn: Conn, web: TheWeb) -> Json:
    """What hangs on a machine: orders it still has to make something of, their trucks, and the money."""
    machine = next(iter(await customer_orders.makers(conn, [key], [])), None)
    judged = await _judged(conn, await customer_orders.of_machine(conn, key), web.clock())
    return Json(
        AtRiskOut(
            web.clock() // 1000, found(machine, "machine"), totals(judged), [_out(*one) for one in judged]
        )
    )


@router.get(
    "/at-risk",
    response_model=Items[MachineAtRisk],
    **allow(READERS, examples.items(examples_orders.MACHINE_AT_RISK)),
)
async def list_at_risk(conn: Conn, web: TheWeb) -> Json:
    """The machines that open orders hang on, the costliest first; an order counts at each of its machines."""
    now_us = web.clock()
    judged = await _judged(conn, await customer_orders.listing(conn), now_us)
    lines = [
        (judged_one, line) for judged_one in judged for line in judged_one[0].order.lines if line.is_open
    ]
    makers = await customer_orders.makers(
        conn,
        {line.machine for _, line in lines if line.machine},
        {line.plant_line for _, line in lines if line.plant_line and not line.machine},
    )
    rows = []
    for maker in makers:
        those = {
            one[0].id: one
            for one, line in lines
            if line.machine == maker.key or (not line.machine and line.plant_line == maker.line)
        }
        if those:
            rows.append(MachineAtRisk(now_us // 1000, maker, totals(list(those.values())), list(those)))
    rows.sort(key=lambda row: -max(float(one.expected) for one in row.totals))
    return Json(Items(rows))


async def _judged(conn: AsyncConnection, rows: list[OrderRow], now_us: int) -> Judged:
    loads = await customer_orders.carried(conn, [row.id for row in rows])
    now_ms = now_us // 1000
    return [
        (
            row,
            stake(row.order, [one.carrying(now_ms) for one in loads.get(row.id, [])], now_ms),
            loads.get(row.id, []),
        )
        for row in rows
    ]


def totals(judged: Judged) -> list[StakeTotal]:
    """Stakes by currency, as text."""
    return [
        StakeTotal(
            one.currency,
            one.orders,
            str(one.value),
            str(one.expected),
            str(one.most),
            one.unknown,
            one.uncapped,
        )
        for one in summed((row.order, risk) for row, risk, _ in judged)
    ]


def _out(row: OrderRow, risk: Stake, loads: list[Truckload]) -> StakeOut:
    return StakeOut(
        row, risk.late_p, _text(risk.expected), _text(risk.bad), _text(risk.most), list(risk.unknown), loads
    )


def _text(amount: Money | None) -> str | None:
    return None if amount is None else str(amount.amount)


async def _strangers(conn: AsyncConnection, orders: list[CustomerOrder]) -> str:
    """What orders name that is not in the plant; empty where all is."""
    version = await plants.current(conn)
    plant = from_document(version.document) if version else Plant()
    areas = [area for site in plant.sites for area in site.areas]
    lines = {line.key: line for area in areas for line in area.lines}
    machines = {machine.key for line in lines.values() for machine in line.machines}
    for order in orders:
        for line in order.lines:
            if line.machine and line.machine not in machines:
                return f"lines: no machine {line.machine!r} in the plant"
            if line.plant_line and line.plant_line not in lines:
                return f"lines: no line {line.plant_line!r} in the plant"
    return ""
