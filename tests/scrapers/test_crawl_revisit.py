"""When a page is asked again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.crawl.revisit import LONGEST_S, next_interval_s, same_text

DAY = 86400.0


def test_what_rests_is_asked_less_and_what_changes_more_often():
    assert next_interval_s(None, DAY, changed=True) == DAY
    assert next_interval_s(DAY, DAY, changed=False) == 1.5 * DAY
    assert next_interval_s(8 * DAY, DAY, changed=True) == 4 * DAY


@given(st.lists(st.booleans(), max_size=60), st.floats(0, 200 * DAY))
def test_it_stays_within_its_bounds(visits, shortest_s):
    interval_s = None
    for changed in visits:
        interval_s = next_interval_s(interval_s, shortest_s, changed=changed)
        assert shortest_s <= interval_s <= max(LONGEST_S, shortest_s)


@pytest.mark.parametrize(
    ("simhash", "other", "same_bytes", "same"),
    [
        (None, None, True, True),
        (None, None, False, False),
        (0b1111, 0, False, False),
        (0b111, 0, False, True),
        (-1, -8, False, True),
        (None, 0, False, False),
    ],
)
def test_three_bits_of_the_simhash_are_no_change(simhash, other, same_bytes, same):
    assert same_text(simhash, other, same_bytes=same_bytes) is same
