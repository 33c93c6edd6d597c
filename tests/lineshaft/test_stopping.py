"""A process ends when it is asked to, whatever its main thread was doing at that moment."""

import signal
import subprocess
import sys

import pytest

HOLDS_ITS_OWN_LOCK = """
import queue, threading, sys, time
from lineshaft.stopping import when_told
stop, words = threading.Event(), queue.Queue()
def told():
    words.put("end")
    stop.set()
when_told(told)
print("ready", flush=True)
with words.mutex:
    time.sleep(0.5)
while words.get() != "end" or not stop.wait(1):
    pass
"""
NEVER_ENDS = """
import time
from lineshaft.stopping import when_told
when_told(lambda: None, grace_s=0.3)
print("ready", flush=True)
def waits_for_ever():
    time.sleep(60)
waits_for_ever()
"""


def run(program: str, number: signal.Signals) -> "subprocess.CompletedProcess[str]":
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        return subprocess.CompletedProcess([], process.returncode, out, err)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_lock_that_the_main_thread_holds_does_not_keep_it_from_ending(number: signal.Signals) -> None:
    assert run(HOLDS_ITS_OWN_LOCK, number).returncode == 0


def test_what_does_not_end_says_where_it_waits_and_is_ended() -> None:
    ended = run(NEVER_ENDS, signal.SIGTERM)
    assert ended.returncode == 1
    assert "waits_for_ever" in ended.stderr
