"""Repeated paragraphs leave a text whole; what a text is about, verse, quotations, code and headings stay."""

from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.calibration import Snapshot, line_hash
from corpus.calibration_paragraphs import PAGE_PARAGRAPHS
from processors.boilerplate import take_repeats
from processors.lines import normal, written_lines
from processors.paragraphs import page_paragraphs, paragraphs, take_paragraphs

STORY = (
    "The mash rests for an hour, and then the wort is drained from the grain and boiled with hops for as long again."
)
PITCH = "Get the miller's letter every Friday: one recipe, one malt and one story, free of charge and easy to leave."
BIO = "Ada Mill has brewed beer in a barn near the river for twenty years and writes about it here on Sundays."
VERSE = "Bring the barley, bring the hops,\nstir the mash until it stops,\nfill the kettle, light the fire,\nsing."
HASHES = frozenset(line_hash(normal(text)) for text in (PITCH, BIO, VERSE, "## about the author of this fine story"))
LONG = f"{STORY}\n\n{STORY[4:]}\n\n{STORY[9:]}"


def left(text):
    return take_paragraphs(text, HASHES).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{LONG}\n\n{PITCH}", LONG),
        (f"{PITCH}\n\n{LONG}\n\n{BIO}", LONG),
        (f"{STORY}\n\n{PITCH.upper()}\n\n{LONG}", f"{STORY}\n\n{LONG}"),
        (f"{LONG}\n\n{PITCH.replace(' free', chr(10) + 'free')}", LONG),
        (f"{LONG}\n\n## About\n\n{BIO}\n", LONG),
        (f"{LONG}\n\n## More\n\n### About\n\n{BIO}\n\n{PITCH}", LONG),
    ],
)
def test_a_repeated_paragraph_leaves_whole(text, expected):
    assert left(text) == expected


@pytest.mark.parametrize(
    "heading",
    [
        "## About",
        "About\n-----",
        "About\n=====",
        "**About the author**",
        "__About:__",
        "**About**:",
        "## More\n\n### About",
    ],
)
@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("", ""),
        ("\n\n---", ""),
        ("\n\n* * *\n", ""),
        (f"\n\n# Sources\n\n{STORY}", f"\n\n# Sources\n\n{STORY}"),
        (f"\n\n---\n\n# Sources\n\n{STORY}", f"\n\n---\n\n# Sources\n\n{STORY}"),
    ],
)
def test_a_heading_goes_with_all_that_was_below_it_at_the_end_and_within(heading, after, expected):
    assert left(f"# Mash\n\n{LONG}\n\n{heading}\n\n{BIO}{after}") == f"# Mash\n\n{LONG}{expected}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"# Mash\n\n{LONG}\n\n## Step 1\n\n## Step 2", f"# Mash\n\n{LONG}\n\n## Step 1"),
        (f"# Mash\n\n{LONG}\n\n**Open the lid. Stir it.**", f"# Mash\n\n{LONG}\n\n**Open the lid. Stir it.**"),
        (f"# Mash\n\n{LONG}\n\n```\n# run\n```", f"# Mash\n\n{LONG}\n\n```\n# run\n```"),
        (f"{LONG}\n\n## Sources\n\n{STORY}", f"{LONG}\n\n## Sources\n\n{STORY}"),
        (f"{LONG}\n\n## Sources\n\n| a | b |", f"{LONG}\n\n## Sources\n\n| a | b |"),
        (f"{LONG}\n\n## Sources\n\n1234", f"{LONG}\n\n## Sources\n\n1234"),
        (f"{LONG}\n\n---", LONG),
        (f"{LONG}\n\n{STORY}\n**Ada**", f"{LONG}\n\n{STORY}\n**Ada**"),
    ],
)
def test_a_heading_stays_that_nothing_stood_below_or_that_has_something_left(before, after):
    assert left(f"{before}\n\n{BIO}") == after


def test_a_heading_with_a_part_left_below_it_stays_and_the_empty_part_goes():
    sections = f"## Help\n\n{PITCH}\n\n### About\n\n{BIO}\n\n### Sources\n\n{STORY}"
    assert left(f"{LONG}\n\n{STORY}\n\n{sections}") == f"{LONG}\n\n{STORY}\n\n## Help\n\n### Sources\n\n{STORY}"


def test_the_first_line_stays_as_the_title_when_all_below_it_goes():
    sections = f"# The letter\n\n{PITCH}\n\n# Mash\n\n{LONG}"
    assert left(sections) == f"# The letter\n\n# Mash\n\n{LONG}"


def test_an_item_of_a_list_is_a_paragraph():
    item = f"- {PITCH}"
    taken = take_paragraphs(f"{LONG}\n\n- malt\n{item}\n- hops", frozenset({line_hash(normal(item))}))
    assert taken.text == f"{LONG}\n\n- malt\n- hops"
    assert (taken.lines, len(taken.gone)) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        LONG,
        f"{LONG}\n\n> {PITCH}",
        f"{LONG}\n\n    {PITCH}",
        f"{LONG}\n\n```\n{PITCH}\n```",
        f"{LONG}\n\n{VERSE}",
        f"{LONG}\n\n## About the author of this fine story\n\n{STORY}",
        f"{LONG}\n\n{PITCH} {STORY}",
        f"{LONG}\n\n{PITCH}\n{STORY}",
        f"{LONG}\n\n{PITCH}\n====\n\n{STORY}",
        f"| {PITCH} | x |\n|---|---|\n{PITCH} | x |\n\n{LONG}",
    ],
)
def test_quotations_code_tables_headings_verse_and_parts_of_paragraphs_stay(text):
    assert take_paragraphs(text, HASHES) == (text, 0, 0, (), ())


@pytest.mark.parametrize("repeated", [[PITCH], [PITCH] * 2, [PITCH] * 3, [PITCH, BIO], [PITCH, BIO, PITCH]])
def test_repeats_that_are_at_least_half_of_their_document_together_stay_and_are_told(repeated):
    text = "# The letter\n\n{}\n".format("\n\n".join(repeated))
    taken = take_paragraphs(text, HASHES)
    assert (taken.text, taken.lines, taken.gone) == (text, 0, ())
    assert taken.stayed == tuple(repeated)
    assert taken.repeats == len(text) - len("# The letter")


def test_the_share_tells_a_page_that_is_nothing_else():
    snapshot = Snapshot({}, {"mill.org": frozenset({line_hash(normal(BIO))})}, frozenset({line_hash(normal(PITCH))}))
    at = "https://www.mill.org/ada"
    assert take_repeats(PITCH, at, snapshot) == (PITCH, 0, (), 1.0)
    several = f"{PITCH}\n\n{BIO}\n\n{PITCH}"
    assert take_repeats(several, at, snapshot) == (several, 0, (), 1.0)
    assert take_repeats(LONG, at, snapshot) == (LONG, 0, (), 0.0)
    assert 0.2 < take_repeats(f"{LONG}\n\n{BIO}", at, snapshot).share < 0.3


def test_a_paragraph_of_one_site_stays_elsewhere_and_one_of_many_goes_everywhere():
    snapshot = Snapshot({}, {"mill.org": frozenset({line_hash(normal(BIO))})}, frozenset({line_hash(normal(PITCH))}))
    for url in ("https://other.example/x", None, "file:notes.md"):
        assert take_repeats(f"{LONG}\n\n{BIO}\n\n{PITCH}", url, snapshot).text == f"{LONG}\n\n{BIO}"


def test_a_paragraph_that_stays_as_the_subject_is_not_taken_as_a_line():
    repeated = frozenset({line_hash(normal(PITCH))})
    snapshot = Snapshot({"mill.org": repeated}, {}, repeated)
    assert take_repeats(PITCH, "https://mill.org/letter", snapshot).text == PITCH
    assert take_repeats(f"{LONG}\n\n{PITCH}", "https://mill.org/letter", snapshot).text == LONG


def test_what_is_counted_of_a_page():
    text = f"# Mash\n\n{STORY} Short one. Short one.\n\n{VERSE}\n\n> {PITCH}\n\n{BIO}\n\n{PITCH[:40]}\n"
    (counted,) = page_paragraphs([("web/1", None, text)], 12).to_pylist()
    assert counted["paragraphs"] == [
        line_hash(normal(one)) for one in (f"{STORY} Short one. Short one.", BIO)
    ]  # the rest is a heading, verse, a quotation or short
    assert counted["late"] == [False, True]
    words = dict(zip(counted["sentences"], counted["words"], strict=True))
    assert words[line_hash("short one.")] == 4
    assert words[line_hash("# mash")] == 1
    assert words[line_hash(f"> {PITCH.lower()}")] == 21
    assert page_paragraphs([], 12).equals(pa.table(PAGE_PARAGRAPHS.empty_table()))


def test_words_of_scripts_without_spaces_count_by_the_character():
    (counted,) = page_paragraphs([("web/1", None, "粉屋は川のそばの納屋でビールを醸造しています。")], 12).to_pylist()
    assert len(counted["paragraphs"]) == 1


lines = st.sampled_from(
    [PITCH, BIO, STORY, *VERSE.split("\n"), "", "|", "---", "====", "```", f"> {PITCH}", "# Malt", f"    {BIO}", "- x"]
)


@given(st.one_of(st.lists(lines, max_size=30).map("\n".join), st.text()))
def test_every_line_is_of_one_paragraph_and_only_whole_ones_go(text):
    written, apart = zip(*written_lines(text), strict=True)
    found = list(paragraphs(written, apart))
    assert [one for one, after in pairwise(found) if one.end > after.start] == []
    told = " ".join(one.form for one in found)
    assert told.split() == " ".join(filter(None, map(normal, written))).split() or any(
        not normal(line) and line.strip() for line in written
    )
    hashes = frozenset(line_hash(one.form) for one in found)
    taken = take_paragraphs(text, hashes)
    kept = iter(line for line in text.split("\n") if line.strip())
    assert all(line in kept for line in taken.text.split("\n") if line.strip())
    if not taken.gone:
        assert (taken.text, taken.lines) == (text, 0)


@pytest.mark.parametrize(
    "part",
    [
        f"{PITCH}\n\n",
        f"{PITCH}\n",
        f"# M\n\n## N\n\n{PITCH}\n\n{STORY}\n\n{STORY}\n\n",
        "- x\n",
        "# Malt\n",
        "```\n",
        "x. ",
        "\n",
    ],
)
def test_time_grows_with_the_text(growth, part):
    def both(text):
        take_paragraphs(text, HASHES)
        page_paragraphs([("web/1", None, text)], 12)

    assert growth(both, lambda size: part * size, 2000) < 8
