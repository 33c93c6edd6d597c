import numpy as np

from simulators import noise


def test_the_same_place_and_index_give_the_same_number_in_any_order() -> None:
    place = noise.key(7, "somewhere")
    forward = noise.uniform(place, np.arange(100))
    assert (noise.uniform(place, np.arange(100)[::-1])[::-1] == forward).all()
    assert noise.uniform(place, 42) == forward[42]


def test_seeds_and_places_are_independent() -> None:
    numbers = [noise.normal(noise.key(seed, place), np.arange(5_000)) for seed in (7, 8) for place in "ab"]
    assert np.abs(np.corrcoef(numbers) - np.eye(4)).max() < 0.05


def test_wander_is_smooth_and_forgets() -> None:
    slow = noise.wander(noise.key(7, "slow"), np.arange(200_000), 100.0)
    assert np.abs(np.diff(slow)).max() < 0.2
    assert abs(np.corrcoef(slow[:-300], slow[300:])[0, 1]) < 0.1
    assert 0.5 < slow.std() < 1.1
