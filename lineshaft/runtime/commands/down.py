"""`lineshaft down`: stop the monitor of a data folder, with all it started."""

import argparse
import os
import signal
import sys
import time

from lineshaft.clock import SECOND_US, monotonic_clock
from lineshaft.runtime import folders, state

PATIENCE_US = 60 * SECOND_US


def run(told: argparse.Namespace) -> int:
    """Tell the supervisor to stop and wait for it; then look for what nobody supervises."""
    data_dir = folders.to_look_at(told.data_dir)
    pid = state.supervisor_pid(data_dir)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline_us = monotonic_clock() + PATIENCE_US
        while state.supervisor_pid(data_dir) is not None:
            if monotonic_clock() > deadline_us:
                print(f"Process {pid} does not stop: see {data_dir}/logs", file=sys.stderr)
                return 1
            time.sleep(0.05)
    left = state.end_left_behind(data_dir)
    if pid is None and not left:
        print(f"Nothing was running in {data_dir}.")
    else:
        print(f"Stopped {data_dir}.")
    return 0
