"""Which night a run continues or starts."""

from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from flows.tonight import Tonight, next_night


def published(night):
    return SimpleNamespace(night=night)


def test_the_first_night_is_its_date():
    assert next_night("2026-11-20", [], None) == "2026-11-20"


def test_an_unfinished_night_of_the_date_goes_on():
    assert next_night("2026-11-20", ["2026-11-20"], None) == "2026-11-20"
    assert next_night("2026-11-20", ["2026-11-20", "2026-11-20.02"], published("2026-11-20")) == "2026-11-20.02"


def test_a_second_night_of_a_date_is_numbered():
    assert next_night("2026-11-20", ["2026-11-20"], published("2026-11-20")) == "2026-11-20.02"
    assert next_night("2026-11-20", [], published("2026-11-20.02")) == "2026-11-20.03"


def test_an_older_unfinished_night_is_not_continued():
    assert next_night("2026-11-21", ["2026-11-20"], None) == "2026-11-21"


def test_nights_never_go_back_when_the_clock_does():
    night = next_night("2026-11-19", [], published("2026-11-20"))
    assert night > "2026-11-20"


def test_a_night_is_a_date_and_nothing_that_could_be_a_path():
    assert Tonight(night="2026-11-20.02").night == "2026-11-20.02"
    with pytest.raises(ValidationError):
        Tonight(night="../../elsewhere")
