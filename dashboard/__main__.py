"""The web process: the API and the screens in one application with one login."""

import os

from api.app import create, seal
from api.serve import serve
from api.settings import ApiSettings
from dashboard.app import build
from lineshaft import logs
from lineshaft.clock import system_clock


def main() -> None:
    """Read the environment and serve until SIGTERM."""
    settings = ApiSettings.from_environ(os.environ)
    logs.configure("web", settings.log_level)
    server = create(settings, system_clock)
    screens = build(server, system_clock)
    seal(server, screens.csp_hashes())  # after Dash, so that the gate stands outermost
    serve(server, settings)


if __name__ == "__main__":
    main()
