"""A change of what a state holds, however deep, changes its shape; nothing else does."""

from dataclasses import make_dataclass
from typing import Any

from lineshaft.detect.state.ensemble import Ensemble
from stream import shapes
from stream.shapes import shape_of
from stream.steps.shard import ShardState


def made(name: str, **held: Any) -> type:
    return make_dataclass(name, held.items(), namespace={"__module__": "stream.shapes"})


def test_a_field_more_changes_the_shape() -> None:
    assert shape_of([made("Trip", way_m=float)]) != shape_of([made("Trip", way_m=float, way_s=float)])


def test_a_field_of_another_type_changes_the_shape() -> None:
    assert shape_of([made("Trip", way_m=float)]) != shape_of([made("Trip", way_m=int)])


def test_what_is_held_deeper_changes_the_shape() -> None:
    def holder(inner: type) -> type:
        return made("State", trips=dict[str, tuple[inner, ...] | None])  # type: ignore[valid-type]  # made here

    short, long = made("Trip", way_m=float), made("Trip", way_m=float, way_s=float)
    assert shape_of([holder(short)]) != shape_of([holder(long)])


def test_the_same_classes_have_the_same_shape_in_any_order() -> None:
    one, other = made("Trip", way_m=float), made("Stop", at=int)
    assert shape_of([one, other]) == shape_of([other, one])


def test_a_flows_state_is_walked_to_the_detectors_it_chooses_by_name(monkeypatch: Any) -> None:
    before = shape_of([ShardState])
    monkeypatch.setattr(Ensemble, "__init__", lambda self, features: None)  # noqa: ARG005 - the same signature
    assert shape_of([ShardState]) != before


def test_classes_of_others_do_not_count() -> None:
    assert shapes.shape_of([int, dict]) == shapes.shape_of([])
