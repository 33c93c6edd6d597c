"""`lineshaft demo`: a simulated plant, or recorded data, in one command."""

import argparse
import sys

from lineshaft.runtime import demo, folders
from lineshaft.runtime.commands.up import start


def run(told: argparse.Namespace) -> int:
    """Write the demo's files and start it here."""
    data_dir = folders.to_start(told.data_dir, folders.REPLAY if told.replay else folders.DEMO)
    try:
        if told.replay:
            demo.lay_out_recorded(data_dir, told.replay, told.speed)
        else:
            demo.lay_out_simulated(data_dir, told.speed)
    except demo.DemoError as error:
        print(f"lineshaft: {error}", file=sys.stderr)
        return 1
    return start(data_dir, told)
