"""Which lines count as a site's own, and a file that is the same for the same pages and refused when it is another."""

import hashlib
import json
import random

import pyarrow as pa
import pytest

from corpus.calibration import (
    PAGE_LINES,
    Calibration,
    CommonLines,
    calibrate,
    line_hash,
    read_calibration,
)
from corpus.calibration_places import places_of
from corpus.errors import RecipeError

RULE = CommonLines(min_documents=3, min_share=0.5)


def page(number, *lines, url="https://www.example.org/a/page", signature=None):
    """A page with ``lines``; ``"3 x menu"`` stands for a line that is there three times."""
    counted = dict(line.split(" x ")[::-1] if " x " in line else (line, 1) for line in lines)
    return {
        "id": f"web/{number:03}",
        "url": url,
        "signature": number if signature is None else signature,
        "lines": [line_hash(line) for line in counted],
        "times": [int(times) for times in counted.values()],
    }


def found(pages, rule=RULE):
    made = calibrate(pa.Table.from_pylist(pages, PAGE_LINES), rule, "2026-11-21")
    return {name: (place.documents, place.lines) for name, place in made.places.items()}


def key(line):
    return f"{line_hash(line):016x}"


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("https://www.mill.co.uk/en/malt?x=1", ("mill.co.uk", "www.mill.co.uk", "www.mill.co.uk/en")),
        ("https://mill.co.uk/malt", ("mill.co.uk",)),
        ("http://ada.github.io/mill/malt", ("ada.github.io", "ada.github.io/mill")),
        ("http://127.0.0.1:8765/de/malz", ("127.0.0.1", "127.0.0.1/de")),
        ("http://www.brewnet.test/", ("www.brewnet.test",)),
        ("file:notes/malt.md", ()),
        ("http://[::1", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_a_page_belongs_to_its_domain_its_host_and_the_first_part_of_its_path(url, places):
    assert places_of(url) == places


def test_a_line_of_many_pages_is_the_sites_own_and_one_of_few_is_not():
    pages = [page(n, f"text {n}", "footer", *(["rare"] if n < 2 else [])) for n in range(6)]
    assert found(pages) == {"example.org": (6, {key("footer"): 6})}


def test_a_small_site_has_no_lines_of_its_own():
    assert found([page(n, "footer") for n in range(2)]) == {}
    assert found([]) == {}


def test_copies_of_one_page_count_once():
    assert found([page(n, "the same story", "footer", signature=7) for n in range(9)]) == {}


def test_a_word_that_pages_use_now_once_now_often_is_of_their_text():
    pages = [page(n, "menu", f"{n % 4 + 1} x note", "2 x nav") for n in range(8)]
    assert found(pages)["example.org"][1] == {key("menu"): 8, key("nav"): 8}


def test_a_part_of_a_site_has_its_own_lines_beside_those_of_the_whole():
    german = [page(n, "footer", "weiter", url="https://www.example.org/de/x") for n in range(3)]
    english = [page(n, "footer", url="https://www.example.org/en/x") for n in range(3, 12)]
    other = [page(n, "note", url="https://example.com/") for n in range(12, 16)]
    assert found(german + english + other) == {
        "example.org": (12, {key("footer"): 12}),
        "www.example.org/de": (3, {key("weiter"): 3}),
        "example.com": (4, {key("note"): 4}),
    }


def test_the_same_pages_in_any_order_give_the_same_bytes():
    pages = [page(n, f"text {n}", "footer", "menu", signature=n // 2) for n in range(20)]
    bytes_of = [
        calibrate(pa.Table.from_pylist(random.Random(seed).sample(pages, 20), PAGE_LINES), RULE, "2026-11-21").encoded()
        for seed in range(3)
    ]
    assert len(set(bytes_of)) == 1
    assert json.loads(bytes_of[0])["night"] == "2026-11-21"
    assert Calibration.model_validate_json(bytes_of[0]).encoded() == bytes_of[0]


def test_a_calibration_is_read_as_it_was_pinned(tmp_path):
    pages = pa.Table.from_pylist([page(n, "footer") for n in range(5)], PAGE_LINES)
    content = calibrate(pages, RULE, "2026-11-21").encoded()
    path = tmp_path / "boilerplate.json"
    path.write_bytes(content)
    snapshot = read_calibration(path, hashlib.sha256(content).hexdigest())
    assert snapshot == ({"example.org": frozenset({line_hash("footer")})}, {}, frozenset())


@pytest.mark.parametrize(
    ("content", "sha256", "said"),
    [
        (None, "0" * 64, "cannot be read"),
        (b"{}", "0" * 64, "has the sha256 44136fa355b3..., the recipe pins 000000000000..."),
        (b"{}", "", "the recipe pins none"),
        (b"[]", None, "is no calibration"),
        (b'{"format": 3}', None, "is no calibration"),
        (b'{"places": {"a": {"documents": 1, "lines": {"no hash": 1}}}}', None, "is no calibration"),
        (b"\xff\x00", None, "is no calibration"),
    ],
)
def test_a_missing_changed_or_broken_file_is_refused_with_the_command_that_mends_it(tmp_path, content, sha256, said):
    path = tmp_path / "boilerplate.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecipeError) as caught:
        read_calibration(path, hashlib.sha256(content or b"").hexdigest() if sha256 is None else sha256)
    assert said in str(caught.value)
    assert f"gristmill calibrate {tmp_path}" in str(caught.value)
    assert "\n" not in str(caught.value)
