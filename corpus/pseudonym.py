"""Names of people never enter a dataset: what stands for them."""

import hashlib


def pseudonym(name: str | None) -> str | None:
    """Return 16 hex digits of the SHA-256 of ``name``, or None."""
    return hashlib.sha256(name.encode()).hexdigest()[:16] if name else None
