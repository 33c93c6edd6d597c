"""Names of assets out of the API's tree."""

from dashboard.i18n import Words
from dashboard.visit import Row


def names_of(tree: list[Row], words: Words) -> dict[str, str]:
    """Asset key → its name in the visitor's language, over the whole tree."""
    names: dict[str, str] = {}
    waiting = list(tree)
    while waiting:
        asset = waiting.pop()
        names[asset["key"]] = words.of(asset["name"])
        waiting.extend(asset.get("children") or [])
    return names
