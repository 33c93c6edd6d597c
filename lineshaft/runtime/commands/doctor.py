"""`lineshaft doctor`: look for what would keep it from running well."""

import argparse
import os
import sys

from lineshaft.clock import system_clock
from lineshaft.runtime import checkup, folders, options
from lineshaft.settings import SettingsError


def run(told: argparse.Namespace) -> int:
    """Print a line a check; 0 unless one failed."""
    try:
        chosen = options.read(
            os.environ, data_dir=folders.to_look_at(told.data_dir), port=told.port, host=told.host
        )
    except SettingsError as error:
        print(f"lineshaft: {error}", file=sys.stderr)
        return 1
    findings = checkup.examine(chosen, system_clock)
    for finding in findings:
        print(f"{finding.state:<5} {finding.what:<17} {finding.said}")
        if finding.fix:
            print(f"{'':<23} → {finding.fix}")
    return 1 if any(finding.state == "fail" for finding in findings) else 0
