"""From the text of a page to its tree: what the parser must not see, and that nothing else is changed."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trafilatura import load_html

from processors.html.nesting import tree_of
from processors.html.outline import following, preceding

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
BODY = "<body><p>Grüße, 水 und \U0001f37a</p><p>zwei</p></body>"


def shown(tree):
    return None if tree is None else [(one.tag, dict(one.attrib), one.text, one.tail) for one in tree.iter()]


@pytest.mark.parametrize(
    "html",
    [
        f"<html><head><title>t</title></head>{BODY}</html>",
        f'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"/>\n<html>{BODY}</html>',
        f"<!doctype html>{BODY}",
        f'<!doctype html>\n<html lang="de"/>\n{BODY}',
        f"<?xml version='1.0' encoding='iso-8859-1'?><html>{BODY}</html>",
        f'<html><head><meta charset="iso-8859-1"></head>{BODY}</html>',
        f"<html>{BODY}{BODY}</html>",
        BODY,
        "<p>eins</p>",
        "<p>eins</p><p>zwei</p>",
        "nur Text",
        "html nur als Wort",
        "<!-- html -->",
        "<html>\x00<p\x07 title='\x1f'>a\x0bb</p><p>\ufffe\uffff</p></html>",
    ],
)
def test_the_tree_is_that_of_trafilatura(html: str):
    assert shown(tree_of(html)) == shown(load_html(html))


@pytest.mark.parametrize(
    "reference", ["&#27;", "&#27", "&#0027;", "&#x1b;", "&#X1B", "&#8;", "&#xb;", "&#65534;", "&#xFFFF;"]
)
def test_a_reference_to_a_control_character_leaves_nothing(reference: str):
    tree = tree_of(f'<html><body><p title="a{reference} b">a{reference} b</p></body></html>')
    assert tree.find(".//p").text == tree.find(".//p").get("title") == "a b"


@pytest.mark.parametrize(
    ("reference", "text"), [("&#9;", "\t"), ("&#xd;", "\r"), ("&#271;", "ď"), ("&#x1bf;", "ƿ"), ("&#0;", "\ufffd")]
)
def test_a_reference_to_another_character_stays(reference: str, text: str):
    assert tree_of(f"<html><body><p>a{reference}b</p></body></html>").find(".//p").text == f"a{text}b"


PIECES = st.sampled_from(
    ["&", "#", "&#", "x", "0", "2", "7", "27", "1b", ";", "&#27;", "&#x1b", "\x07", "\ufffe", "a", " "]
)


@given(st.lists(PIECES, max_size=14).map("".join))
@example("&#&#27;27;")
@example("&&#27;#27;")
@example("&#&#&#27;27;27;")
@example("&#\x0727;")
@example("&#\ufffe27;")
def test_every_text_of_a_tree_can_be_set_again(text: str):
    for one in tree_of(f'<html><body><p title="{text}">{text}</p>{text}</body></html>').iter():
        assert not any(CONTROL.search(said) for said in (one.text or "", one.tail or "", *one.attrib.values()))
        one.text, one.tail = one.text, one.tail


@given(before=st.integers(0, 25_000), between=st.sampled_from(["", "<b>x</b>", "<", ">"]), is_closed=st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_tag_of_too_many_attributes_loses_them_wherever_it_stands(*, before: int, between: str, is_closed: bool):
    tag = f"<i {'a=b ' * 5_000}{'>' if is_closed else ''}"
    tree = tree_of(f"<html><body><p>{'x' * before}</p>{between}{tag}<b>y</b></body></html>")
    assert not tree.find(".//i").attrib


def test_a_long_tag_that_is_mostly_a_value_keeps_it():
    tree = tree_of(f'<html><body><p>x</p><i title="{"a b " * 6_000}">y</i></body></html>')
    assert len(tree.find(".//i").get("title")) == 24_000


def test_the_elements_before_and_after_one_are_those_of_the_document():
    tree = tree_of(
        "<html><head><title>t</title></head><body><div><p>a<b>b</b></p><!-- c --><ul><li>c</ul></div><p>d</p>e</body></html>"
    )
    for root in (tree, tree.find("body"), tree.find(".//div")):
        elements = list(root.iter())
        for place, element in enumerate(elements):
            assert list(following(element, root)) == elements[place:]
            assert list(preceding(element, root)) == elements[:place][::-1]
