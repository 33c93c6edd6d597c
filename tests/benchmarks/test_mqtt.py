import pytest

from benchmarks import mqtt


def test_lengths_are_written_as_the_standard_says() -> None:
    assert [mqtt.varint(n) for n in (0, 127, 128, 16_383, 16_384)] == [
        b"\x00", b"\x7f", b"\x80\x01", b"\xff\x7f", b"\x80\x80\x01",
    ]  # fmt: skip


def test_acknowledgements_are_counted_however_they_are_cut() -> None:
    raw = b"".join(mqtt.puback(n.to_bytes(2, "big")) for n in range(1, 100))
    for size in (1, 2, 3, 4, 7, 400):
        splitter = mqtt.Splitter()
        counts = [splitter.pubacks(raw[at : at + size]) for at in range(0, len(raw), size)]
        assert sum(taken for taken, _ in counts) == 99
        assert splitter.rest == b""


def test_a_refusal_among_acknowledgements_is_told_apart() -> None:
    raw = (
        mqtt.puback(b"\x00\x01")
        + b"\x40\x03\x00\x02\x97"
        + b"\x40\x03\x00\x03\x10"
        + mqtt.puback(b"\x00\x04")
    )
    for size in (1, 3, 5, 100):
        splitter = mqtt.Splitter()
        counts = [splitter.pubacks(raw[at : at + size]) for at in range(0, len(raw), size)]
        assert (sum(taken for taken, _ in counts), sum(refused for _, refused in counts)) == (3, 1)


def test_a_message_is_found_in_what_came() -> None:
    body = mqtt.text("a/b") + b"\x00\x07" + b"\x00" + b"hello"
    raw = b"\x32" + mqtt.varint(len(body)) + body
    splitter = mqtt.Splitter()
    assert list(splitter.packets(raw[:4])) == []
    ((kind, came),) = splitter.packets(raw[4:])
    assert kind == mqtt.PUBLISH
    assert mqtt.message(came) == ("a/b", b"\x00\x07", b"hello")


def test_the_window_is_the_one_the_broker_gives() -> None:
    properties = b"\x12" + mqtt.text("me") + b"\x22\x00\x0a" + b"\x21\x00\x64"
    assert mqtt.receive_maximum(b"\x00\x00" + bytes([len(properties)]) + properties) == 100
    assert mqtt.receive_maximum(b"\x00\x00\x00") == 65_535
    with pytest.raises(ConnectionRefusedError):
        mqtt.receive_maximum(b"\x00\x87\x00")
