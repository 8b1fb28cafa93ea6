"""Which paragraphs are repeats: those of documents that are no copies of each other, on one site or on many."""

import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import calibration_paragraphs
from corpus.calibration import line_hash
from corpus.calibration_paragraphs import PAGE_PARAGRAPHS, CommonParagraphs, distinct, repeats

RULE = CommonParagraphs(min_documents=6)
WORDS = 20  # of every paragraph


def page(key, *paragraphs, site="mill", late=True):
    """A page of ``site`` with ``paragraphs``, each one sentence of 20 words, in the second half if ``late``."""
    hashes = list(dict.fromkeys(map(line_hash, paragraphs)))
    return {
        "id": f"web/{key}",
        "url": f"https://www.{site}.org/{key}",
        "sentences": hashes,
        "words": [WORDS] * len(hashes),
        "paragraphs": hashes,
        "late": [late] * len(hashes),
    }


def story(name, parts=5):
    return [f"{name}, part {part}" for part in range(parts)]


def table(pages):
    return pa.Table.from_pylist(list(pages), PAGE_PARAGRAPHS)


def key(text):
    return f"{line_hash(text):016x}"


def found(pages, rule=RULE):
    made = repeats(table(pages), rule)
    return {name: place.lines for name, place in made.places.items()}, {
        told: (spread.documents, spread.sites) for told, spread in made.everywhere.items()
    }


def test_a_pitch_of_most_pages_is_the_sites_own():
    pages = [page(n, *story(n), "pitch") for n in range(8)]
    assert found(pages) == ({"mill.org": {key("pitch"): 8}}, {})


def test_a_story_that_many_sites_print_is_no_repeat():
    """The trap: every paragraph of it stands on ten sites, beside other stories and in the frame of each."""
    pages = []
    for site in range(10):
        frame = [f"frame {site}", f"footer {site}"]
        pages += [page(f"{site}/syndicated", *story("syndicated", 8), *frame, site=f"s{site}")]
        pages += [page(f"{site}/{n}", *story(f"{site}/{n}"), *frame, site=f"s{site}") for n in range(8)]
    on_sites, everywhere = found(pages)
    assert everywhere == {}
    assert {told for lines in on_sites.values() for told in lines} == {
        key(f"{name} {site}") for site in range(10) for name in ("frame", "footer")
    }


def test_stories_that_an_archive_repeats_whole_are_no_repeats():
    posts = [story(f"post {n}", 3) for n in range(12)]
    pages = [page(f"post/{n}", *post, "footer") for n, post in enumerate(posts)]
    pages += [
        page(f"tag/{tag}", *(part for post in random.Random(tag).sample(posts, 4) for part in post), "footer")
        for tag in range(30)
    ]
    on_sites, _ = found(pages, CommonParagraphs(min_documents=4, min_late_share=0.01))
    assert on_sites.get("mill.org", {}).keys() <= {key("footer")}


@pytest.mark.parametrize("archive_pages", [1, 5, 12])
def test_archives_of_whole_posts_do_not_make_the_posts_copies(archive_pages):
    """However long the archives are, and although some posts in them are twice as long as others."""
    posts = [story(f"post {n}", 4 + 4 * (n % 2)) for n in range(60)]
    pages = [page(f"post/{n}", *post, "bio") for n, post in enumerate(posts)]
    pages += [
        page(f"page/{n}", *(part for post in posts[n::archive_pages] for part in post), "bio")
        for n in range(archive_pages)
    ]
    assert distinct(table(pages)).tolist() == [True] * 60 + [False] * archive_pages
    assert found(pages)[0] == {"mill.org": {key("bio"): 60}}


def test_a_site_with_archives_is_no_mirror():
    pages = notices(3, 8)
    for site in range(3):
        posts = [told for told in pages if f"/s{site}." in told["url"].replace("www.", "")]
        parts = [story(f"{site}/{n}") for n in range(len(posts))]
        pages += [page(f"{site}/all/{n}", *(one for post in parts for one in post), site=f"s{site}") for n in range(3)]
    assert found(pages)[1] == {key("cookies"): (24, 3)}


def notices(sites=3, pages=2, notice="cookies"):
    return [
        page(f"{site}/{n}", *story(f"{site}/{n}"), notice, site=f"s{site}")
        for site in range(sites)
        for n in range(pages)
    ]


def test_a_notice_of_three_sites_is_a_repeat_everywhere():
    assert found(notices(3, 2))[1] == {key("cookies"): (6, 3)}
    assert found(notices(2, 3))[1] == {}, "two sites"
    assert found(notices(3, 2), CommonParagraphs(min_documents=7))[1] == {}, "too few documents"


def test_a_passage_that_each_of_many_sites_quotes_once_is_no_repeat():
    quoting = [page(f"{n}/x", *story(f"{n}/x"), "four score and seven", site=f"s{n}") for n in range(12)]
    others = [page(f"{n}/{m}", *story(f"{n}/{m}"), site=f"s{n}") for n in range(12) for m in range(3)]
    assert found(quoting + others) == ({}, {})


def test_mirrors_of_one_site_are_no_three_sites():
    """Which of three copies is the longest is chance: here each mirror has some."""
    pages = []
    for n in range(30):
        text = [*story(n), *(["see the note on yeast"] if n % 5 == 0 else [])]
        pages += [page(f"{m}/{n}", *text, *(["more"] if n % 3 == m else []), site=f"mirror{m}") for m in range(3)]
    assert key("see the note on yeast") not in found(pages)[1]


def test_a_twentieth_is_enough_at_the_end_and_not_within():
    rest = [page(n, *story(n)) for n in range(60)]
    ends = [page(n, *story(n), "bio") for n in range(60, 67)]
    within = [page(n, *story(n), "note", late=n % 2 == 0) for n in range(67, 74)]
    assert found(rest + ends + within)[0] == {"mill.org": {key("bio"): 7}}


def test_each_repeat_names_a_document_that_holds_it():
    made = repeats(table(page(n, *story(n), "pitch") for n in range(8)), RULE)
    assert made.examples == {key("pitch"): "web/0"}
    assert made.documents == 8


def test_a_longer_copy_is_the_distinct_one_and_an_empty_page_is_none():
    pages = [page("a", *story("x")), page("b", *story("x"), "more"), page("c", *story("x")), page("d"), page("e", "y")]
    assert distinct(table(pages)).tolist() == [False, True, False, False, True]
    assert distinct(table(pages[2:])).tolist() == [True, False, True]
    assert found([]) == ({}, {})
    assert found([page("d")]) == ({}, {})


@given(st.data())
def test_the_order_of_the_documents_and_how_many_are_sorted_at_once_change_nothing(data):
    parts = st.lists(st.sampled_from("abcdefghij"), max_size=6)
    pages = [
        page(n, *told, site=f"s{n % 3}", late=bool(n % 2))
        for n, told in enumerate(data.draw(st.lists(parts, max_size=25)))
    ]
    rule = CommonParagraphs(min_documents=2, min_sites=2, min_site_documents=1)
    once = repeats(table(pages), rule)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(calibration_paragraphs, "_AT_ONCE", 3)
        shuffled = pa.concat_tables([table([one]) for one in data.draw(st.permutations(pages))] or [table([])])
        assert repeats(shuffled, rule) == once


def is_collection(one, pages):
    shortest_first = sorted(pages, key=lambda told: (len(told["sentences"]), told["id"]))
    owners = [next(told["id"] for told in shortest_first if part in told["sentences"]) for part in one["sentences"]]
    return all(3 * owners.count(owner) <= len(owners) for owner in owners)


@given(st.lists(st.lists(st.sampled_from("abcdefghij"), max_size=6), max_size=25))
def test_what_is_distinct_is_what_the_definition_says(texts):
    pages = [page(f"{n:02}", *told) for n, told in enumerate(texts)]
    collections = {one["id"] for one in pages if is_collection(one, pages)}
    longest_first = sorted(pages, key=lambda one: (one["id"] in collections, -len(one["sentences"]), one["id"]))
    seen, expected = set(), {}
    for one in longest_first:
        own = [sentence for sentence in one["sentences"] if sentence not in seen]
        expected[one["id"]] = 2 * len(own) > len(one["sentences"])
        seen.update(one["sentences"])
    assert distinct(table(pages)).tolist() == [expected[one["id"]] for one in pages]
