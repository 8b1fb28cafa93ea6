"""Whose turn it is: the hosts this crawl asks right now, and what their answers mean for the next request."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from scrapers.crawl import pace, turns
from scrapers.crawl.turns import Turn

FOLLOW_S = 60.0  # two crawls may each hold the host the other was sent to
BUSY_WAIT_S = 0.25  # until a host is tried again that another process is asking

logger = logging.getLogger(__name__)


class Hosts:
    """The turns in ``folder``, shared by every process of this machine; ``clock`` gives seconds since 1970."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._taken: dict[str, Turn] = {}

    def take(self, host: str, delay_s: float) -> float | None:
        """Take the turn of ``host``, its rest noted durably; where it must wait, return the moment to try again."""
        turn = turns.attempt(self._folder, host, self._clock)
        now = self._clock()
        if turn is None:
            return now + BUSY_WAIT_S
        earliest = turn.earliest(delay_s)
        if earliest > now:
            turn.close()
            return earliest
        turn.begin(delay_s)
        self._taken[host] = turn
        return None

    async def follow(self, host: str, held: str, delay_s: float) -> bool:
        """Wait for a turn of ``host`` after a redirect from ``held``; return whether it came within ``FOLLOW_S``.

        Where both are the same it is held already, and rests in between.
        """
        deadline = self._clock() + FOLLOW_S
        if host == held:
            await asyncio.sleep(delay_s)
            self._taken[host].begin(delay_s)
            return True
        while (until := self.take(host, delay_s)) is not None:
            if until > deadline:
                return False
            await asyncio.sleep(until - self._clock())
        return True

    def end(self, host: str, delay_s: float, status: int | None, hold_s: float) -> float:
        """Give the turn of ``host`` back and return when it may be asked again.

        ``status`` is what it answered (``None`` for no answer) and ``hold_s`` how long it asked to be left alone. After
        ``pace.CIRCUIT_REFUSALS`` refusals in a row it is left alone for a day.
        """
        turn = self._taken.pop(host)
        if status in pace.REFUSALS:
            hold_s = max(hold_s, self._circuit_s(host, turn.refused()))
        elif status is None or status >= 500:
            hold_s = max(hold_s, pace.FAILING_S if turn.failed() >= pace.CIRCUIT_FAILURES else 0.0)
        else:
            turn.welcomed()
        turn.hold(hold_s)
        turn.end(delay_s)
        return turn.earliest(delay_s)

    def close(self) -> None:
        """Give every turn back."""
        for turn in self._taken.values():
            turn.close()
        self._taken.clear()

    def _circuit_s(self, host: str, refusals: int) -> float:
        if refusals < pace.CIRCUIT_REFUSALS:
            return 0.0
        logger.warning("%s refused %d requests in a row and is left alone for a day", host, refusals)
        return pace.CIRCUIT_S
