"""Tokens that stand for what is set aside: the extractor sees them as words, and they come back as they were."""

import hashlib
import re
from collections.abc import Mapping

TOKEN = re.compile(r"GRIST(?:code|math)[0-9a-f]{12}x\d+x")


def token_for(kind: str, content: str, number: int) -> str:
    """Return the token of ``content``; ``kind`` is code or math, ``number`` its place among the page's."""
    # A hash in the token, so that a page cannot name another page's token in its text by guessing a number.
    return f"GRIST{kind}{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()[:12]}x{number}x"


def put_back(text: str, kept: Mapping[str, str]) -> str:
    """Return ``text`` with what each token of ``kept`` stands for."""
    if not kept:
        return text
    return TOKEN.sub(lambda match: kept.get(match[0], match[0]), text)
