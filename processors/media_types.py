"""What a media type says about a body, for the steps that must not load what reads it."""

HTML_TYPES = ("text/html", "application/xhtml+xml")


def kind_and_essence(media_type: str) -> tuple[str, str]:
    """Return ``media_type`` in lower case without spaces, and the part of it before any parameter."""
    kind = media_type.replace(" ", "").lower()
    return kind, kind.partition(";")[0]


def is_page(body: bytes, media_type: str) -> bool:
    """Return whether ``body`` is a page of HTML, by its type, or, where that is empty, by its first character."""
    essence = kind_and_essence(media_type)[1]
    return essence in HTML_TYPES or (not essence and body.lstrip()[:1] == b"<")
