"""`python -m api`: the API alone, without screens."""

import os

from api.app import create, seal
from api.serve import serve
from api.settings import ApiSettings
from lineshaft import logs
from lineshaft.clock import system_clock


def main() -> None:
    """Read the environment and serve."""
    settings = ApiSettings.from_environ(os.environ)
    logs.configure("web", settings.log_level)
    app = create(settings, system_clock)
    seal(app)
    serve(app, settings)


if __name__ == "__main__":
    main()
