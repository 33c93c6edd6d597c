"""What carrying costs: tariffs, costs and accruals by shipment, invoices and their check."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.exceptions import HTTPException

from api import examples, examples_freight
from api import freight as pricing
from api.deps import PLANNERS, Conn, Json, TheSpan, TheWeb, Who, allow, found
from api.schemas_freight import CostOut, DecisionInput, InvoiceInput, InvoiceOut, TariffInput
from lineshaft.domain.invoices import lines_of
from lineshaft.domain.tariffs import tariff_of
from lineshaft.store import audit, carriers, freight
from lineshaft.store.freight import InvoiceRow, TariffRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["freight"])

PAYERS = (*PLANNERS, "supervisor", "auditor")
"""Who sees prices."""
Carrier = Annotated[str, Path(max_length=64)]
Number = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


def _key(carrier: Carrier, number: Number) -> tuple[str, str]:
    return carrier, number


@router.get(
    "/tariffs",
    response_model=Items[TariffRow],
    **allow(PAYERS, examples.items(examples_freight.TARIFF)),
)
async def list_tariffs(conn: Conn) -> Json:
    """Every version of every carrier's terms, the newest first."""
    return Json(Items(await freight.tariffs(conn)))


@router.post(
    "/carriers/{carrier}/tariffs",
    status_code=201,
    response_model=TariffInput,
    **allow(PLANNERS, examples_freight.TARIFF_TOLD),
)
async def add_tariff(carrier: Carrier, body: TariffInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Write a version of a carrier's terms down: it holds from its first day on, until the next one."""
    if not await carriers.is_known(conn, carrier):
        raise HTTPException(404, "no such carrier")
    try:
        tariff_of(body.terms)
        days = date.fromisoformat(body.from_day), date.fromisoformat(body.to_day) if body.to_day else None
    except (KeyError, TypeError, ValueError) as error:
        raise HTTPException(422, str(error)) from error
    if days[1] is not None and days[1] <= days[0]:
        raise HTTPException(422, "to_day is not after from_day")
    await audit.append(conn, who.deed("tariff.add", carrier, after=body.model_dump()), web.clock())
    row = TariffRow(
        0,
        carrier,
        body.terms["currency"],
        body.from_day,
        body.to_day,
        body.terms,
        who.login,
        web.clock() // 1000,
    )
    if not await freight.add_tariff(conn, row):
        raise HTTPException(409, f"there are terms of {carrier} from {body.from_day} already")
    return Json(body.model_dump(), 201)


@router.get(
    "/freight-costs", response_model=Items[CostOut], **allow(PAYERS, examples.items(examples_freight.COST))
)
async def list_costs(conn: Conn, span: TheSpan) -> Json:
    """What the shipments that arrived in a span cost by tariff, and CO2e; without invoice it is accrued."""
    return Json(Items(await pricing.costs(conn, span.from_us, span.to_us)))


@router.get(
    "/invoices", response_model=Items[InvoiceOut], **allow(PAYERS, examples.items(examples_freight.INVOICE))
)
async def list_invoices(conn: Conn) -> Json:
    """The latest invoices, each checked against tariff and telemetry."""
    rows = await freight.invoices(conn)
    return Json(Items([await pricing.checked(conn, row) for row in rows[:50]]))


@router.get(
    "/carriers/{carrier}/invoices/{number}",
    response_model=InvoiceOut,
    **allow(PAYERS, examples_freight.INVOICE),
)
async def show_invoice(key: Annotated[tuple[str, str], Depends(_key)], conn: Conn) -> Json:
    """One invoice, checked: each finding with its reason and the figures it rests on."""
    return Json(await pricing.checked(conn, found(await freight.invoice(conn, *key), "invoice")))


@router.put(
    "/carriers/{carrier}/invoices/{number}",
    response_model=InvoiceOut,
    **allow(PLANNERS, examples_freight.INVOICE),
)
async def put_invoice(
    key: Annotated[tuple[str, str], Depends(_key)], body: InvoiceInput, conn: Conn, web: TheWeb, who: Who
) -> Json:
    """Write an invoice down as it came, and check it; an invoice is not changed afterwards."""
    if not await carriers.is_known(conn, key[0]):
        raise HTTPException(404, "no such carrier")
    lines = [line.model_dump() for line in body.lines]
    try:
        lines_of(lines)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    now_ms = web.clock() // 1000
    row = InvoiceRow(*key, body.currency, body.issued_ms, lines, "received", None, None, who.login, now_ms)
    await audit.append(conn, who.deed("invoice.put", " ".join(key), after={"lines": len(lines)}), web.clock())
    if not await freight.put_invoice(conn, row):
        raise HTTPException(409, f"there is an invoice {key[1]} of {key[0]} already")
    return Json(await pricing.checked(conn, row))


@router.post(
    "/carriers/{carrier}/invoices/{number}/decision",
    response_model=InvoiceOut,
    **allow(PLANNERS, examples_freight.INVOICE),
)
async def decide(
    key: Annotated[tuple[str, str], Depends(_key)], body: DecisionInput, conn: Conn, web: TheWeb, who: Who
) -> Json:
    """Approve an invoice, or dispute it with what was found."""
    found(await freight.invoice(conn, *key), "invoice")
    await audit.append(conn, who.deed(f"invoice.{body.state}", " ".join(key)), web.clock())
    await freight.decide(conn, key, body.state, who.login, web.clock())
    return Json(await pricing.checked(conn, found(await freight.invoice(conn, *key), "invoice")))
