import pytest

from lineshaft.wire.marks import Mark, decode, encode


def test_a_mark_written_is_a_mark_read() -> None:
    mark = Mark("a41c", "01hf7y", 4711, 87)
    assert decode(encode(mark)) == mark
    assert decode(b'{"v":1,"db":"a41c","boot":"01hf7y","live":4711,"late":87,"new":1}') == mark


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xff",
        b'{"v":2,"db":"a","boot":"b","live":1,"late":1}',
        b'{"v":1,"db":"a","boot":"b","live":-1,"late":1}',
    ],
)
def test_what_is_no_mark_is_none(body: bytes) -> None:
    assert decode(body) is None
