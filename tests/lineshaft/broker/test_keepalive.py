from lineshaft.broker.keepalive import Keepalive


def test_silence_of_ours_is_broken_after_half_the_interval() -> None:
    alive = Keepalive(30, sent_s=0, heard_s=0)
    alive.heard(14)
    assert not alive.is_due(14.9)
    assert alive.is_due(15)
    alive.asked(15)
    assert not alive.is_due(16)


def test_the_brokers_silence_is_asked_about_even_while_we_send() -> None:
    alive = Keepalive(30, sent_s=0, heard_s=0)
    alive.sent(14)
    assert alive.is_due(15)


def test_no_answer_within_half_the_interval_means_dead() -> None:
    alive = Keepalive(30, sent_s=0, heard_s=0)
    alive.asked(15)
    alive.sent(29)
    assert not alive.is_dead(29.9)
    assert alive.is_dead(30)
    alive.heard(30)
    assert not alive.is_dead(100)


def test_a_second_question_does_not_put_off_the_verdict() -> None:
    alive = Keepalive(30, sent_s=0, heard_s=0)
    alive.asked(15)
    alive.asked(29)
    assert alive.is_dead(30)


def test_an_interval_of_0_asks_nothing() -> None:
    alive = Keepalive(0, sent_s=0, heard_s=0)
    assert not alive.is_due(1e6)
    assert not alive.is_dead(1e6)
