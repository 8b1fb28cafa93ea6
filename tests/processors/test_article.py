"""The quick extraction gives what trafilatura gives, and the tree it is given holds no more than text."""

import pytest
from lxml import html
from trafilatura import extract

from processors.html.article import quick_text
from processors.html.main_text import main_text
from processors.html.nesting import tree_of
from processors.html.tree import drop_controls, of_one_class

SENTENCE = "The mash turns starch into sugar, and the water must be kept at a steady temperature for an hour or more. "
ARTICLE = "<article>" + "".join(f"<p>{number}. {SENTENCE}</p>" for number in range(6)) + "</article>"
COMMENTS = f'<div id="comments"><div class="comment-body"><p>I do not agree: {SENTENCE}</p></div></div>'
APPENDED = f'<div class="infinite-scroll"><p>The next article: {SENTENCE}</p></div>'
FORUM = '<script type="application/ld+json">{"@type": "DiscussionForumPosting"}</script>'
BOXES = "".join(f"<div class='box'>{number} {SENTENCE}</div>" for number in range(30))


@pytest.mark.parametrize(
    "body",
    [
        ARTICLE,
        ARTICLE + COMMENTS,
        ARTICLE + APPENDED,
        FORUM + ARTICLE + COMMENTS,
        f"<article><p>{SENTENCE}</p></article>",
        f"<article><p>{SENTENCE * 3}</p></article>{BOXES}",
        f"{ARTICLE}<table><tr><th>malt</th><td>4 kg</td></tr></table>",
        "",
    ],
    ids=["article", "comments", "appended", "forum", "short", "small share", "table", "empty"],
)
def test_the_quick_text_is_that_of_the_whole_quick_extraction(body):
    page = f"<html><head><title>Mash</title></head><body><nav><a href='/'>Home</a></nav>{body}</body></html>"
    expected = extract(tree_of(page), fast=True, output_format="markdown", include_comments=False)
    assert quick_text(tree_of(page)) == (expected or "")


def test_attributes_of_the_root_that_no_tree_takes_do_no_harm():
    page = f'<html "lang=en" 1="2" class=x><body>{ARTICLE}</body></html>'
    assert SENTENCE.strip() in main_text(tree_of(page)).text


def test_a_tree_of_one_class_says_the_same():
    page = f"<html lang=en><body>{ARTICLE}<form><input name=q><select><option>1</select></form></body></html>"
    tree = of_one_class(html.document_fromstring(page))
    assert {type(element) for element in tree.iter()} == {html.HtmlElement}
    assert tree.text_content() == html.document_fromstring(page).text_content()


@pytest.mark.parametrize("control", ["&#27;", "&#1;", "\ufffe", "\uffff"])
def test_control_characters_go_from_text_and_tail(control):
    tree = html.document_fromstring(f"<html><body><p>one{control}<b>two</b>three{control}</p>four</body></html>")
    drop_controls(tree)
    assert tree.text_content() == "onetwothreefour"


def test_hangul_is_no_control_character():
    tree = html.document_fromstring("<html><body><p>\ud55c\uad6d\uc5b4 \ud798</p></body></html>")
    drop_controls(tree)
    assert tree.text_content() == "\ud55c\uad6d\uc5b4 \ud798"
