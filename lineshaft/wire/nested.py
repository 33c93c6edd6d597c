"""Checks free-form JSON that is kept as it came: an event's data, a device's word about itself."""

from lineshaft.wire import limits


def fault_in(value: object, depth: int = 0) -> str:
    r"""The reject code for what may not be stored as JSON, or an empty text.

    >>> fault_in({"a": [1, "x"]}), fault_in({"a": "\0"}), fault_in([[[[[1]]]]])
    ('', 'text', 'shape')
    """
    match value:
        case str():
            return "" if limits.is_text(value) else "text"
        case dict():
            parts: list[object] = [*value.keys(), *value.values()]
        case list():
            parts = value
        case int():
            return "" if -limits.INTEGER <= value <= limits.INTEGER else "number"
        case _:
            return ""
    if depth >= limits.NESTING:
        return "shape"
    return next(filter(None, (fault_in(part, depth + 1) for part in parts)), "")
