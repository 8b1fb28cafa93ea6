"""When a page is asked again: sooner where it changes, later where it rests. Pure.

The rule is the adaptive schedule of the large crawlers (Nutch's AdaptiveFetchSchedule, without its drift towards the
moment of change): an interval grows by half after a visit that found nothing new and halves after one that did.
"""

GROWTH, SHRINKING = 1.5, 0.5
LONGEST_S = 90 * 86400.0
SAME_TEXT_BITS = 3  # of 64: Manku, Jain and Das Sarma, "Detecting near-duplicates for web crawling" (2007), section 3
SLACK = 0.5  # of the shortest interval: what falls due later in the day is asked tonight


def next_interval_s(previous_s: float | None, shortest_s: float, *, changed: bool) -> float:
    """Return the seconds until the next visit; ``previous_s`` is ``None`` after the first."""
    if previous_s is None:
        return shortest_s
    wanted = previous_s * (SHRINKING if changed else GROWTH)
    return min(max(wanted, shortest_s), max(LONGEST_S, shortest_s))


def same_text(simhash: int | None, other: int | None, *, same_bytes: bool) -> bool:
    """Return whether two visits found the same text; a date or counter that changes each time does not count."""
    if same_bytes:
        return True
    if simhash is None or other is None:
        return False
    return ((simhash ^ other) & (2**64 - 1)).bit_count() <= SAME_TEXT_BITS
