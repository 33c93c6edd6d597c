"""What a file is, found in its first bytes: what its sender or its name says is not believed."""

from typing import Final

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of one file: a photo, a page of a manual. The screens make photos smaller before they send."""
MOST: Final = 40
"""Files of one order."""

_STARTS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
# No SVG, no HTML: a browser would run what is in them.


def type_of(body: bytes) -> str | None:
    r"""The media type of a picture or PDF; None for anything else.

    >>> type_of(b"\xff\xd8\xff\xe0...."), type_of(b"<svg onload=...>")
    ('image/jpeg', None)
    """
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _STARTS if body.startswith(start)), None)


def tidy_name(name: str, media_type: str) -> str:
    r"""A file name that is safe in a header and a folder, with the ending of what the file is.

    >>> tidy_name('../../a "b".exe', "image/png")
    'a b.png'
    """
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    kept = "".join(one for one in stem if one.isalnum() or one in " -_").strip()[:80]
    return f"{kept or 'file'}.{media_type.rsplit('/', 1)[1].replace('jpeg', 'jpg')}"
