import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.html.main_text import MainText, main_text, markdown
from processors.html.nesting import flattened, tree_of

TITLE = "Mashing grain"
FIRST = "The mash turns starch into sugar, and the water must be kept at a steady temperature for an hour or more."
SECOND = "After the mash, the wort is drained from the grain and boiled with hops, which adds bitterness and keeps it."
THIRD = "Yeast then turns the sugar into alcohol within a week, if the cellar is neither too warm nor too cold for it."
LEAD = "What a brewer must know about malt, water and time, and why each tun of the house has a name of its own."


def page(article, *, head="", before="", after=""):
    prose = f"<p>{SECOND}</p><p>{THIRD}</p>"
    return (
        f'<!doctype html><html><head><title>{TITLE}</title><link rel="canonical" href="https://www.brewnet.test/mash">'
        f"{head}</head><body>{before}<article><h1>{TITLE}</h1><p>{FIRST}</p>{article}{prose}</article>{after}</body></html>"
    )


def text_of(html):
    return markdown(tree_of(html))


def test_prose_stays_whole():
    assert text_of(page("")).split("\n") == [f"# {TITLE}", "", FIRST, "", SECOND, "", THIRD]


# Standfirst


DESCRIBED = f'<meta name="description" content="{LEAD[:80]}...">'


@pytest.mark.parametrize(
    "above",
    [
        f'<header><div class="teaser-text">{LEAD}</div></header>',
        f'<div class="intro"><p><strong>{LEAD}</strong></p></div>',
        f"<h2>{LEAD}</h2>",
    ],
)
def test_the_standfirst_above_the_article_comes_first_if_the_page_describes_itself_so(above):
    lines = [line for line in text_of(page("", head=DESCRIBED, before=above)).split("\n") if line]
    assert lines[:3] == [f"# {TITLE}", LEAD, FIRST]
    assert LEAD not in text_of(page("", before=f'<div class="teaser-text">{LEAD}</div>'))


def test_a_standfirst_within_the_text_is_said_once():
    assert text_of(page(f"<p>{LEAD}</p>", head=DESCRIBED)).count(LEAD) == 1


def test_a_description_that_only_a_caption_repeats_is_no_standfirst():
    assert LEAD not in text_of(page("", head=DESCRIBED, before=f"<figure><figcaption>{LEAD}</figcaption></figure>"))


# What no reader sees


SECRET = "Buy cheap replica tuns at our partner shop, the best replica tuns of the whole internet, order them now."


@pytest.mark.parametrize(
    "attributes",
    [
        'style="display: none"',
        'style="color:red; VISIBILITY : hidden;"',
        "hidden",
        'style="font-size:0"',
        'style="font-size: 0px !important"',
        'style="position:absolute;left:-9999px"',
        'style="text-indent:-5000px"',
        'style="text-indent:-999em"',
        'style="position:absolute; clip: rect(1px, 1px, 1px, 1px);"',
        'style="clip:rect(0 0 0 0)"',
        'style="color:#fff;background-color:#ffffff"',
        'style="background:red;color:red"',
    ],
)
def test_hidden_text_is_left_out_and_counted(attributes):
    found = main_text(tree_of(page(f"<div {attributes}><p>{SECRET}</p></div><p {attributes}>{SECRET}</p>")))
    assert isinstance(found, MainText)
    assert "replica" not in found.text
    assert THIRD in found.text
    assert found.hidden_chars == 2 * len(SECRET.replace(" ", ""))


@pytest.mark.parametrize(
    "attributes",
    [
        'aria-hidden="false"',
        'role="tabpanel" hidden',
        'style="opacity:0"',
        'style="font-size:0.9em"',
        'style="color:#fff;background-color:#000"',
        'style="margin-left:-15px"',
        'style="text-indent:-100px;padding-left:100px"',
        'style="clip:rect(0, 100px, 50px, 0)"',
        'style="clip:rect(0 10px 100px 0)"',
        'hidden="until-found"',
    ],
)
def test_what_a_reader_sees_or_opens_stays(attributes):
    found = main_text(tree_of(page(f"<div {attributes}><p>Each tun has a name of its own, which it keeps.</p></div>")))
    assert "a name of its own" in found.text
    assert found.hidden_chars == 0


@pytest.mark.parametrize(
    ("outer", "inner"), [("font-size:0", "font-size: 1rem"), ("visibility:hidden", "visibility: visible")]
)
def test_what_an_element_within_undoes_is_not_hidden(outer, inner):
    row = '<div style="{}"><div style="{}"><p>Each tun has a name of its own, which it keeps.</p></div></div>'
    assert "a name of its own" in text_of(page(row.format(outer, inner)))
    assert "a name of its own" not in text_of(page(row.format(outer, outer)))
    assert "a name of its own" not in text_of(page(row.format("display:none", inner)))


def test_a_page_that_waits_for_its_scripts_is_not_hidden():
    html = page("").replace("<article>", '<article style="visibility:hidden">')
    assert main_text(tree_of(html)) == MainText(text_of(page("")), 0)


def test_formulas_survive_in_the_hidden_part_that_carries_them():
    formula = (
        '<span class="mwe-math-element"><span class="mwe-math-mathml-inline mwe-math-mathml-a11y" style="display: none;">'
        '<math><semantics><mi>a</mi><annotation encoding="application/x-tex">a^{2}</annotation></semantics></math></span>'
        "</span>"
    )
    assert "yield is $a^{2}$ for" in text_of(page(f"<p>The yield is {formula} for every tun of the house.</p>"))


# What leads to other pages


LINKS = '<ul><li><a href="/hops">Growing hops behind the house</a></li><li><a href="/cellar">A cellar for less</a></li></ul>'


@pytest.mark.parametrize("label", ["Related", "Read more:", "Lesen Sie auch", "Le puede interesar", "Czytaj też"])
@pytest.mark.parametrize("box", ["<div><h3>{label}</h3>{links}</div>", "<p><strong>{label}</strong></p>{links}"])
def test_links_under_a_label_go_with_it(label, box):
    text = text_of(page(box.format(label=label, links=LINKS)))
    assert label.strip(":") not in text
    assert "hops behind the house" not in text
    assert (SECOND in text, THIRD in text) == (True, True)


def test_prose_under_such_a_label_stays():
    assert "Two more ways" in text_of(page("<h3>Read more</h3><p>Two more ways to mash are told in the next part.</p>"))


@pytest.mark.parametrize(
    "line",
    [
        '<p><a href="/hops">Growing hops behind the house</a></p>',
        '<p><strong><a href="https://shop.brewnet.test/hops">Growing hops behind the house</a></strong></p>',
        '<p>Also: <a href="https://other.test/hops">Growing hops behind the house, in the north and in the far south</a></p>',
        '<p><em>READ MORE: <a href="/hops">Growing hops behind the house</a></em></p>',
    ],
)
def test_a_line_that_is_one_link_to_another_page_goes(line):
    assert "Growing hops" not in text_of(page(line))


@pytest.mark.parametrize(
    "line",
    [
        '<p><a href="https://other.test/hops">Growing hops behind the house, in the north and in the far south</a></p>',
        '<p><a href="/hops">https://www.brewnet.test/growing-hops</a></p>',
        '<p>We wrote about <a href="/hops">Growing hops behind the house</a></p>',
        '<ul><li><a href="/hops">Growing hops behind the house</a></li><li>and malting in it</li></ul>',
    ],
)
def test_a_source_or_a_link_in_a_sentence_stays(line):
    text = text_of(page(line))
    assert "rowing" in text
    assert "ops" in text


def cards(count):
    card = (
        '<div class="c"><h3><a href="/{0}">Story {0} of the brewers of the north</a></h3><p>How it began {0}.</p></div>'
    )
    return f"<div>{''.join(card.format(number) for number in range(count))}</div>"


def test_a_row_of_cards_goes_from_an_article():
    text = text_of(page(cards(4)))
    assert "Story" not in text
    assert THIRD in text


@pytest.mark.parametrize("address", ["#s{}", "", "https://www.brewnet.test/mash#s{}", "/mash#s{}"])
def test_sections_whose_headings_lead_to_themselves_are_no_cards(address):
    sections = "".join(
        f'<section><h2 id="s{number}"><a href="{address.format(number)}">Way {number}</a></h2><p>{number} {LEAD}</p></section>'
        for number in range(4)
    )
    assert text_of(page(f"<p>{LEAD}</p>{''.join(3 * [f'<p>{SECOND}</p>'])}<div>{sections}</div>")).count("Way") == 4


def test_a_page_that_is_a_list_of_cards_keeps_them():
    assert text_of(f"<html><body><main><h1>News</h1>{cards(30)}</main></body></html>").count("How it began") == 30


# What the site says


@pytest.mark.parametrize(
    "line",
    [
        "Sign up for our weekly newsletter and never miss a brew.",
        "Get the day's top brews delivered to your inbox.",
        "Follow us on Facebook, Twitter and Instagram.",
        "Folgen Sie uns auf Facebook",
        "Síguenos en Telegram para recibir las noticias",
        "Abonniere jetzt unseren Newsletter!",
        "Download our free app to read on.",
        "To read the full story, please subscribe.",
        "Are you already a subscriber?",
        "© 2024 The Brewers' Gazette. All rights reserved.",
        "This page may not be reproduced without the prior written consent of the brewers.",
        "Advertisement",
        "Anzeige - heute im Angebot",
        "Lesezeit: 4 Minuten",
        "3 comments",
        "Leave a comment below",
        "Artikel teilen",
    ],
)
def test_a_line_of_the_site_goes(line):
    text = text_of(page(f"<p><em>{line}</em></p>"))
    assert text == text_of(page(""))


@pytest.mark.parametrize(
    "line",
    [
        "Follow these steps shared on Twitter to clean a tun.",
        "Comments on the recipe came from three brewers of the town.",
        "The newsletter of the guild appeared until 1914, when paper ran out.",
        "Advertisements for beer were forbidden in the year after the war.",
        "Subscribe to the topic of the sensor and print each value that it sends.",
        "The rights of brewers were reserved to the guild until the revolution.",
        "Sharing a tun saves water.",
    ],
)
def test_a_sentence_about_such_things_stays(line):
    assert line in text_of(page(f"<p>{line}</p>"))


TOLD = [
    "Copyright law in 1976 changed everything for authors.",
    "Never miss a chance to read the news, my father said about the daily story.",
    "Check your inbox less often: that is the whole advice of this essay.",
    "Related: the word comes from Latin relatus, borne back.",
    "Recommended: two grams of salt per litre.",
    "Don't miss: the old bridge in the middle of town, built in 1400.",
    "Reading time is a resource.",
    "Follow him on Twitter and you will learn what he eats.",
    "I never asked for written consent, and nobody minded at all.",
    "Zum Thema: Liebe ist ein weites Feld.",
    "Sign up for a newsletter, they say, and you will never be alone in your inbox again.",
    "Share of the sale goes to the artist, who painted for years in a small room.",
    "Further reading about algebra",
    "Other news reached us at dawn",
    "Join the debate on Plato's cave",
    "Werbung. Das ist alles, was bleibt.",
    "Subscribe to our alerts and podcast. The tun told its brewers so in 1840, when it burst and drowned the cellar.",
]


@pytest.mark.parametrize("line", TOLD)
def test_what_an_author_may_say_stays_between_paragraphs(line):
    found = main_text(tree_of(page(f"<p>{line}</p>")))
    assert (line in found.text, found.notice_chars) == (True, 0)


def test_what_may_be_a_notice_goes_at_the_end_and_beside_a_notice_and_is_counted():
    line, notice = "Please check your inbox.", "Sign up for our weekly newsletter."
    assert main_text(tree_of(page(f"<p>{notice}</p><p>{line}</p>"))) == MainText(text_of(page("")), 0, 50)
    assert line not in text_of(page("").replace("</article>", f"<p>{line}</p></article>"))


def test_the_steps_of_a_numbered_list_are_no_notices():
    steps = "<ol><li>Please wait until the light is green.</li><li>Check your email for the code.</li></ol>"
    for html in (page(steps), page("").replace("</article>", f"{steps}</article>")):
        assert "1. Please wait until the light is green.\n2. Check your email for the code." in text_of(html)


def test_a_chapter_named_like_a_notice_stays():
    chapter = "<h2>Comments</h2><p>A line of the recipe that begins with a hash sign is a comment of the brewer.</p>"
    assert "## Comments\n" in text_of(page(chapter))
    assert "Comments" not in text_of(page("<h2>Comments</h2><h2>Why malt is dried</h2>"))


def test_a_table_keeps_its_cells():
    assert "| Comments | 3 |" in text_of(
        page("<table><tr><th>what</th><th>n</th></tr><tr><td>Comments</td><td>3</td></tr></table>")
    )


# What the page states for machines


def stated(body):
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", "articleBody": body})}</script>'


def test_what_follows_the_stated_body_is_the_sites():
    body, extra = f"{FIRST} {SECOND} {THIRD}", "<p>Our tours start at noon, and children are welcome.</p>"
    html = page("").replace("<p>", "<div><p>", 1).replace("</article>", f"</div><div>{extra}</div></article>")
    assert "Our tours" in text_of(html)
    assert text_of(html.replace("</head>", f"{stated(body)}</head>")) == text_of(page(""))


@pytest.mark.parametrize("body", [FIRST, "", "x" * 5000, "\\ud800" * 100, "<p>" * 1000])
def test_a_stated_teaser_or_another_text_ends_nothing(body):
    assert text_of(page("", head=stated(body))) == text_of(page(""))


def test_a_stated_body_that_was_cut_short_ends_nothing():
    html = page("", head=stated(f"{FIRST} {SECOND} {FIRST} {THIRD[:80]}"))
    assert text_of(html.replace("</article>", f"<p>{LEAD}</p></article>")).endswith(LEAD)


def test_code_at_the_end_is_not_the_sites_because_the_stated_body_has_none():
    html = page("", head=stated(f"{FIRST} {SECOND} {THIRD}"))
    assert text_of(html.replace("</article>", "<pre>boil(2)</pre></article>")).endswith("boil(2)\n```")


@pytest.mark.parametrize(
    ("end", "kept"),
    [
        ("<h2>Correction</h2><p>An earlier version misspelled the name of the brewer of the house.</p>", "misspelled"),
        (
            "<ul><li>malt of the house, four kilogrammes</li><li>hops from the hill behind it</li></ul>",
            "four kilogrammes",
        ),
        ("<table><tr><th>malt</th><th>kg</th></tr><tr><td>pale</td><td>4</td></tr></table>", "| pale | 4 |"),
    ],
)
def test_what_the_article_ends_with_stays_though_the_stated_body_lacks_it(end, kept):
    html = page("", head=stated(f"{FIRST} {SECOND} {THIRD}")).replace("</article>", f"{end}</article>")
    assert kept in text_of(html)


# What extractors lose


@pytest.mark.parametrize(
    "word",
    [
        "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "क्\u200dष",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "bi\u202edi\u202c",
    ],
)
def test_characters_without_a_picture_stay(word):
    assert f"tun {word} of" in text_of(
        page(f"<p>The tun {word} of the house has a name of its own, which it keeps.</p>")
    )


def test_a_page_that_has_the_stand_ins_itself_keeps_them():
    line = f"The tun \U00010600 {'x'} \u200c\U00010601 of the house."
    assert line in text_of(page(f"<p>{line}</p>"))


def test_a_paragraph_said_twice_stays_twice():
    assert text_of(page(3 * f"<p>{LEAD}</p>")).count(LEAD) == 3


def test_a_box_between_paragraphs_is_a_paragraph():
    box = f"<div>{LEAD}</div>"
    assert f"{FIRST}\n\n{LEAD}\n\n{SECOND}" in text_of(page(box))
    linked = '<div><a href="/hops">Growing hops behind the house of the brewer of the town</a></div>'
    assert "Growing hops" not in text_of(page(linked))


def test_bare_text_before_the_first_paragraph_is_one():
    html = f"<html><body>{LEAD} <b>And more.</b><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></body></html>"
    assert text_of(html).startswith(f"{LEAD} **And more.**\n\n{FIRST}")


def test_marks_that_lead_to_places_of_the_page_are_no_text():
    notes = f'<h2>Malt<a class="headerlink" href="#malt">¶</a></h2><p>{LEAD} <a href="#note">↩</a></p>'
    text = text_of(page(notes))
    assert ("¶" in text, "↩" in text, "## Malt\n" in text) == (False, False, True)


def test_posts_that_an_article_quotes_stay():
    post = (
        '<div class="social-media-embed"><blockquote class="twitter-tweet"><p>Our tun has burst, there will be no beer '
        "until May</p>The brewer (@brewer)</blockquote></div>"
    )
    assert "Our tun has burst" in text_of(page(post))


def test_a_heading_written_as_a_box_is_a_heading():
    assert "### Why malt is dried" in text_of(
        page('<p>Malt is dried.</p><div class="pf_subheadline">Why malt is dried</div>')
    )


# Hostile pages


@pytest.mark.parametrize(
    ("tag", "depth"),
    [
        ("div", 300),
        ("div", 100_000),
        ("span", 50_000),
        ("blockquote", 3_000),
        ("ul><li", 1_000),
        ("table><tr><td", 1_000),
        ("b", 3_000),
    ],
)
def test_text_before_within_and_after_deep_nesting_is_read(tag, depth):
    deep = f"<{tag}>" * depth + "<p>In the depth there is one more sentence that somebody may want to read.</p>"
    text = text_of(page(deep))
    assert FIRST in text
    assert "In the depth there is one more sentence" in text_of(f"<html><body>{deep}{'</div>' * depth}</body></html>")
    closed = f"<div>{'<div>' * depth}x{'</div>' * depth}</div>"
    assert THIRD in text_of(page("", before=closed))


def test_a_page_as_deep_as_real_ones_is_left_as_it_is():
    html = page("<div>" * 90 + "<p>x</p>" + "</div>" * 90)
    assert flattened(html) == html


ATTRIBUTES = " ".join(f"a{number}=1" for number in range(50_000))


@pytest.mark.parametrize(
    "html",
    [
        page(f'<p class="{"a " * 300_000}">x</p>'),
        page(f'<p style="{"a:b;" * 150_000}">x</p>'),
        page(f"<p {ATTRIBUTES}>x</p>"),
        page("<!-- " * 50_000).replace("<!-- ", "<!-- -->"),
        page("&nbsp;" * 100_000),
        "<!DOCTYPE html [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>" + page("<p>&b;&b;</p>"),
        page("", head=f'<script type="application/ld+json">{{"articleBody":{"[" * 100_000}</script>'),
        page("", head=f'<script type="application/ld+json">{{"articleBody":"{chr(92) * 100_001}</script>'),
    ],
    ids=["class", "style", "attributes", "comments", "spaces", "entities", "brackets", "escapes"],
)
def test_a_page_of_one_huge_thing_still_gives_its_text(html):
    text = text_of(html)
    assert FIRST in text
    assert "aaaaaaaaaaaaaaaaaaaa" not in text


@pytest.mark.parametrize(
    ("piece", "count"),
    [
        ("<table><tr><td>a cell of a table<td>b</table>", 500),
        ("<h3>Related</h3><ul><li><a href=/x>A story that is related</a></ul>", 300),
        ('<div><h3><a href="/x">A story</a></h3><p>teaser of it</p></div>', 300),
        ('<p><a href="/x">a line that is one link and no more</a></p>', 400),
        ('<div style="display:none">hidden words</div>', 600),
        ("<blockquote class=twitter-tweet>a post of few words</blockquote>", 600),
    ],
)
def test_four_times_as_much_takes_about_four_times_as_long(piece, count, growth):
    prose = "".join(f"<p>{number}. {FIRST}</p>" for number in range(5))
    assert growth(text_of, lambda size: page(prose, after=piece * size), count) < 10


def test_a_page_of_very_many_short_paragraphs_is_not_looked_at_twice():
    rows = "<table><tr><td>a cell of a table<td>b</table>" * 4_000
    assert text_of(f"<html><body><p>{FIRST}</p>{rows}</body></html>").startswith(FIRST)


def test_a_name_of_an_element_that_no_tree_takes_does_no_harm():
    assert FIRST in text_of(page(f'<a<html>{LEAD}</a><p>{SECOND}</p><b"c>{LEAD}', before="<a<html>"))
    assert LEAD in text_of(page(f"<a<html>{LEAD}</a<html>"))


SOUP = st.text(alphabet="<>/=\"'& ;!-apdivhstrl1#\n\u0000\ud7ff\U0001f37a", max_size=400)


@given(SOUP, SOUP)
@settings(max_examples=60, deadline=None)
def test_no_page_raises(inside, around):
    for html in (f"{around}{page(inside)}", page("", head=inside, after=around), f"<{around}><p style={inside}>x"):
        tree = tree_of(html)
        assert tree is None or isinstance(markdown(tree), str)
