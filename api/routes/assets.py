"""Assets: the tree, the description it comes from, and what was measured of one over a span."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api import examples
from api.deps import READERS, Conn, Json, Points, TheSpan, allow
from api.schemas import Document
from lineshaft.domain.plant import Plant, to_document
from lineshaft.store import assets, plants, readings, scores
from lineshaft.store.assets import AssetNode
from lineshaft.store.readings import Series
from lineshaft.store.rows import Items
from lineshaft.store.scores import Scores

router = APIRouter(tags=["assets"])

Key = Annotated[str, Path(max_length=64)]
Signals = Annotated[list[str], Query(alias="signal", min_length=1, max_length=16)]


@router.get("/assets", response_model=Items[AssetNode], **allow(READERS, examples.items(examples.ASSET)))
async def list_assets(conn: Conn) -> Json:
    """The asset tree in ISA-95 words: sites, areas, lines, work units, storage zones, and what moves."""
    return Json(Items(await assets.tree(conn)))


@router.get("/plant", response_model=Document, **allow(READERS))
async def show_plant(conn: Conn) -> Json:
    """The plant's description with every default filled in; empty where none was applied."""
    version = await plants.current(conn)
    return Json(version.document if version else to_document(Plant()))


@router.get("/assets/{key}/series", response_model=Series, **allow(READERS, examples.SERIES))
async def show_series(key: Key, signal: Signals, conn: Conn, span: TheSpan, points: Points = 600) -> Json:
    """Readings of some signals of an asset, thinned so that every peak is still there."""
    return Json(await readings.series(conn, key, signal, span, points))


@router.get("/assets/{key}/scores", response_model=Scores, **allow(READERS, examples.SCORES))
async def show_scores(key: Key, conn: Conn, span: TheSpan, points: Points = 600) -> Json:
    """Score and health of an asset, thinned to the worst of each bucket."""
    return Json(await scores.series(conn, key, span, points))
