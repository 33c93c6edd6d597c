"""Which process looks after which shard, and that Bytewax sends it there."""

import pytest

from lineshaft.wire.topics import SHARDS
from stream.cluster import key_of, process_of, shard_of_key, shards_of, siphash


@pytest.mark.parametrize("processes", [1, 2, 3, 16])
def test_every_shard_has_one_process_and_its_key_is_hashed_to_it(processes: int) -> None:
    owned = [shards_of(process, processes) for process in range(processes)]
    assert sorted(shard for mine in owned for shard in mine) == list(range(SHARDS))
    assert max(map(len, owned)) - min(map(len, owned)) <= 1
    for shard in range(SHARDS):
        key = key_of(shard, processes)
        assert shard_of_key(key) == shard
        assert siphash(key.encode() + b"\xff") % processes == process_of(shard, processes)


def test_the_hash_is_the_one_of_the_standard_library_of_rust() -> None:
    # Where Bytewax 0.21 sent these keys in clusters of two and of three processes.
    two = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0]
    three = [2, 1, 2, 1, 1, 1, 0, 0, 1, 2, 1, 0, 0, 0, 2, 0]
    hashes = [siphash(f"{shard:02}".encode() + b"\xff") for shard in range(SHARDS)]
    assert [one % 2 for one in hashes] == two
    assert [one % 3 for one in hashes] == three
