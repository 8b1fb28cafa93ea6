"""Tags of more attributes than a parser reads in good time, however they are written."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HTMLParser, document_fromstring

from corpus.bounded_markup import MAX_ATTRIBUTES, bounded_markup

MANY = 12_000  # take the parser a second or two, and bounded nothing
NAMES = [f"a{number}" for number in range(MANY)]


def tree(html):
    return document_fromstring(html, parser=HTMLParser(encoding="utf-8", huge_tree=False))


@pytest.mark.parametrize(
    "attributes",
    [
        " ".join(NAMES),
        "/".join(NAMES),
        "\n".join(f'{name} = ">"' for name in NAMES),
        " ".join(f"{name}='<b>'" for name in NAMES),
        " ".join(f"{name}=x<y" for name in NAMES),
        " < ".join(NAMES),
        " = ".join(NAMES),
        f'x="{"long " * 5_000}" ' + " ".join(NAMES),
        "</b ".join(NAMES),
    ],
)
@pytest.mark.parametrize("before", ["<p>", "<script>if (a<b=\"'</script>", "<!-- <b c=' -->", '<i title="<b c=\'">'])
def test_a_tag_of_too_many_attributes_is_left_without(before, attributes):
    started = time.process_time()
    root = tree(bounded_markup(f"<html><body>{before}<x-p {attributes}>one</x-p><p>two</p></body></html>".encode()))
    assert all(len(element.attrib) <= MAX_ATTRIBUTES for element in root.iter("*"))
    assert root.findall(".//p")[-1].text == "two"
    assert time.process_time() - started < 1


def test_a_tag_of_as_many_as_pages_have_keeps_them():
    html = f"<p {' '.join(NAMES[:100])} title='a > b {'word ' * 9_000}'>one</p>".encode()
    assert bounded_markup(html) is html or bounded_markup(html) == html


@pytest.mark.parametrize(
    "raw", ["<script>if (a<b {} </script >", "<!-- if a <b {} -->", "<textarea>a <b {}</textarea>"]
)
def test_what_no_tag_is_read_in_still_ends(raw):
    html = f"{raw.format('&& c ' * 500)}<p>one</p>".encode()
    assert tree(bounded_markup(html)).find(".//p").text == "one"


PIECES = st.sampled_from([b"<", b"a", b">", b'"', b"'", b"=", b" ", b"/", b"<p ", b"</script>", b'b="'])


@given(st.lists(PIECES, max_size=100).map(b"".join))
def test_markup_without_a_full_tag_is_as_it_was(html):
    assert bounded_markup(html) == html


@pytest.mark.parametrize("piece", [b"<a" * 60 + b">", b'<a b="', b"<a/x=", b"<a " + b" " * 500, b"<a <b c=\"'"])
def test_it_takes_linear_time(growth, piece):
    assert growth(bounded_markup, lambda size: piece * (size // len(piece)), 200_000) < 8
