"""What every test may ask for; one file per thing brought."""

import os

from hypothesis import settings

pytest_plugins = ["fix_clock", "fix_store", "fix_timescale", "fix_broker", "fix_plant"]

# A developer's own settings must not reach a test.
for name in [name for name in os.environ if name.startswith("LINESHAFT_")]:
    del os.environ[name]

# How long an example takes says more about the machine than about the law it tests.
settings.register_profile("lineshaft", deadline=None)
settings.load_profile("lineshaft")
