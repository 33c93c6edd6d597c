"""The plant.yaml of the simulated worlds, so that what they send has a place and a name."""

import yaml

SITE = "hangzhou"


def text() -> str:
    """The description, as plant.yaml."""
    return yaml.safe_dump({"version": 1}, sort_keys=False, allow_unicode=True)
