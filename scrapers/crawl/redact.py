"""Keeping URLs out of the log: their paths and queries may hold secrets, their hosts are what a person needs."""

import logging
import re
from typing import Any

URL = re.compile(r"\b([a-z][a-z0-9+.-]*)://(?:[^\s/@'\"<>]*@)?([^\s/?#'\"<>]+)[^\s'\"<>]*", re.IGNORECASE)


def redacted(text: str) -> str:
    """Return ``text`` with every URL cut to its scheme and host."""
    return URL.sub(r"\1://\2/...", text)


class Redacted(logging.LogRecord):
    """A record whose message and traceback hold no URL, whoever formats it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as logging calls it
        super().__init__(*args, **kwargs)
        if self.exc_info:
            self.exc_text = redacted(logging.Formatter().formatException(self.exc_info))

    def getMessage(self) -> str:  # noqa: N802 - logging's name
        """Return the message, redacted."""
        return redacted(super().getMessage())


def redact_logs() -> None:
    """Let every record of this process be redacted."""
    logging.setLogRecordFactory(Redacted)
