from hypothesis import given
from hypothesis import strategies as st

from lineshaft.domain.results import Letter
from lineshaft.store.dead_letters import BODIES_A_MINUTE, ROWS_A_MINUTE
from stream.steps.letters import Letters

MINUTE_US = 60_000_000


def letters(
    count: int, *, device: str = "d", agent: str = "a", minute: int = 0, first: int = 1
) -> list[Letter]:
    return [
        Letter(first + n, minute * MINUTE_US, "t", device, "s", agent, "b", 0, 1, "json", "no JSON", 0, b"{")
        for n in range(count)
    ]


def test_the_first_of_a_device_keep_their_bodies_and_of_an_agent_their_rows() -> None:
    kept = Letters().sampled(letters(ROWS_A_MINUTE + 5))
    assert [one.pos for one in kept] == [*range(1, ROWS_A_MINUTE + 1)]
    assert [one.sampled for one in kept].count(True) == BODIES_A_MINUTE
    assert all(one.sampled for one in kept[:BODIES_A_MINUTE])


def test_a_device_that_floods_does_not_cost_its_neighbours_their_bodies() -> None:
    state = Letters()
    state.sampled(letters(BODIES_A_MINUTE + 50))
    assert [one.sampled for one in state.sampled(letters(2, device="e"))] == [True, True]
    assert [one.sampled for one in state.sampled(letters(1))] == [False]


def test_other_agents_and_the_next_minute_have_samples_of_their_own() -> None:
    state = Letters()
    state.sampled(letters(ROWS_A_MINUTE))
    assert len(state.sampled(letters(1))) == 0
    assert len(state.sampled(letters(1, agent="z"))) == 1
    assert len(state.sampled(letters(1, minute=1))) == 1


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=400), st.integers(1, 100))
def test_what_is_kept_does_not_depend_on_how_letters_come_together(
    some: list[tuple[int, int]], size: int
) -> None:
    all_of_them = [
        letters(1, device=f"d{device}", minute=at // 150, first=at + 1)[0]
        for at, (device, _) in enumerate(some)
        for _ in range(1 + 20 * (device == 0))
    ]
    whole = Letters().sampled(all_of_them)
    state, cut = Letters(), []
    at = 0
    while at < len(all_of_them):
        end = at + size
        while end < len(all_of_them) and all_of_them[end].pos == all_of_them[end - 1].pos:
            end += 1  # a message is never cut
        cut += state.sampled(reversed(all_of_them[at:end]))
        at = end
    assert cut == whole
