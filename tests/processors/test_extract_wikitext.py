import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from processors.extract_wikitext import read_wikitext, wikitext_html, wikitext_markdown
from processors.extracted import Extracted

PAGE = "application/json; profile=mediawiki-wikitext"
MARKS = ["{{", "}}", "{{{", "[[", "]]", "[", "]", "|", "{|", "|}", "|-", "||", "!", "!!", "|+", "''", "'''", "'''''", "=", "==", "\n",
         "*", "#", ":", ";", " ", "<!--", "-->", "<nowiki>", "</nowiki>", "<pre>", "</pre>", "<ref>", "</ref>", "<ref name=a />", "<math>",
         "</math>", "<poem>", "</poem>", "<gallery>", "</gallery>", "<div>", "</div>", "<table>", "<td>", "<blockquote>", "</blockquote>",
         "http://a.b", "&amp;", "&", "<", ">", "File:a.jpg", "thumb", "Category:", "__NOTOC__", "----", "-{", "}-", "nowrap", "lang", "a", "é"]  # fmt: skip


def text(source):
    tree = etree.fromstring(wikitext_html(source).encode(), etree.HTMLParser(encoding="utf-8"))
    return "" if tree is None else "".join(tree.itertext()).strip()


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("'''ale''' is ''warm''", "<b>ale</b> is <i>warm</i>"),
        ("'''''ale'' x'''", "<b><i>ale</i> x</b>"),
        ("'''''ale''' x''", "<i><b>ale</b> x</i>"),
        ("'''''ale", "<b><i>ale</i></b>"),
        ("''ale '''malt'' hop'''", "<i>ale <b>malt</b></i><b> hop</b>"),
        ("'''ale ''malt''' hop''", "<b>ale <i>malt</i></b><i> hop</i>"),
        ("''''ale''''", "'<b>ale'</b>"),
        ("''''''ale'''''", "'<i><b>ale</b></i>"),
        ("''the brewer'''s ale", "<i>the brewer'</i>s ale"),
        ("mon l'''ami'' est", "mon l'<i>ami</i> est"),
        ("'''open", "<b>open</b>"),
        ("it's o'clock", "it's o'clock"),
    ],
)
def test_apostrophes_are_bold_and_italic_as_mediawiki_pairs_them(source, html):
    assert wikitext_html(source) == f"<p>{html}\n</p>\n"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("* a\n* b\n** c\n* d", "<ul><li>a</li>\n<li>b\n<ul><li>c</li></ul></li>\n<li>d</li></ul>"),
        ("# a\n#* b\n# c", "<ol><li>a\n<ul><li>b</li></ul></li>\n<li>c</li></ol>"),
        ("; term : said\n: more", "<dl><dt>term</dt>\n<dd>said</dd>\n<dd>more</dd></dl>"),
        ("; a <b>x:y</b> : z", "<dl><dt>a <b>x:y</b></dt>\n<dd>z</dd></dl>"),
        ("*# a\n*# b", "<ul><li><ol><li>a</li>\n<li>b</li></ol></li></ul>"),
        ("; a\n:* b", "<dl><dt>a</dt>\n<dd>\n<ul><li>b</li></ul></dd></dl>"),
    ],
)
def test_marks_at_the_start_of_a_line_are_lists(source, html):
    assert wikitext_html(source) == html


def test_lines_are_paragraphs_or_code():
    assert wikitext_html("a\nb\n\nc") == "<p>a\nb\n</p><p>c\n</p>\n"
    assert wikitext_html(" boil()\n  stir()\nend") == "<pre>boil()\n stir()\n</pre>\n<p>end\n</p>\n"
    assert wikitext_html("<div>\na\n</div>") == "<div>\n<p>a\n</p>\n</div>\n"
    assert wikitext_html("----\na") == "<hr />\n<p>a\n</p>\n"


@pytest.mark.parametrize(
    ("source", "heading"),
    [
        ("== Ale ==", "<h2>Ale</h2>"),
        ("=Ale=", "<h1>Ale</h1>"),
        ("=== Ale == ", "<h2>= Ale</h2>"),
        ("=======Ale=======", "<h6>=Ale=</h6>"),
        ("== Ale == <!-- of all -->", "<h2>Ale</h2>"),
        ("== Ale == x", "<p>== Ale == x\n</p>"),
    ],
)
def test_headings_take_the_marks_both_sides_have(source, heading):
    assert wikitext_html(source) == f"{heading}\n"


def test_tables_keep_caption_heads_and_cells():
    source = """{| class="wikitable" onclick="x()"
|+ style="x" | Grain
|-
! Kind !! scope="col" | Colour
|- valign="top"
| rowspan="2" | Pale || [[Malt|4]]
|
* light
* dry
|}"""
    assert (
        wikitext_html(source)
        == """<table class="wikitable">
<caption>Grain
</caption>
<tr>
<th>Kind</th>
<th>Colour
</th></tr>
<tr>
<td rowspan="2">Pale</td>
<td><a href="/wiki/Malt">4</a>
</td>
<td>
<ul><li>light</li>
<li>dry</li></ul>
</td></tr></table>
"""
    )


def test_a_table_within_a_table_and_one_that_nothing_closes():
    assert wikitext_html("{|\n| a\n{|\n| b\n|}\n|}").count("<table>") == 2
    assert wikitext_html("{|\n| a").count("</table>") == 1
    assert "<dl><dd><table>" in wikitext_html(":{|\n| a\n|}")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("[[Ale]]s and [[Malt|grain]]", "Ales and grain"),
        ("[[Ale#Old|]]", "[[Ale#Old|]]"),
        ("[[ale|''warm'' ale]]", "warm ale"),
        ("[[<b>]] [[a\nb]] [[|x]]", "[[]] [[a\nb]] [[|x]]"),
        ("[[:Category:Ale]] [[:de:Bier]] [[:File:A.jpg]]", "Category:Ale de:Bier File:A.jpg"),
        ("a\n[[Category:Ale]]\n[[de:Bier]]\n[[Kategorie:Bier]]\nb", "a\nb"),
        ("a [[File:A.jpg|20px|alt=x]] b [[Bestand:A.png|mini|c]]", "a  b"),
        ("[[Media:A.ogg|hear]]", "hear"),
        ("[[Ale%20Old]] [[%3Cb%3E]]", "Ale Old [[%3Cb%3E]]"),
        ("[https://ale.example/ the ale] and [https://ale.example/]", "the ale and [1]"),
        ("see https://ale.example/a_(b), it says", "see https://ale.example/a_(b), it says"),
        ("[https://ale.example/ open\nend]", "[https://ale.example/ open\nend]"),
        ("[not a link]", "[not a link]"),
        ("[[https://ale.example/ ale]]", "[ale]"),
    ],
)
def test_links_show_their_label(source, shown):
    assert text(source) == shown


def test_text_in_a_table_but_in_no_cell_stands_before_it():
    assert text("{|\nlost\n|-\n| a\n|}").split() == ["lost", "a"]
    assert "<tr><td>a" in wikitext_html("{|\n<tr><td>a\nb</td></tr>\n|}").split("<table>")[1]


def test_a_thumbnail_shows_its_caption_in_a_figure_that_prose_drops():
    source = "a\n[[File:A.jpg|thumb|left|An [[ale]], ''warm'']]\nb"
    assert "<figure><figcaption>An <a" in wikitext_html(source)
    assert wikitext_markdown(source) == "a\n\nb"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("a <script>x</script>", "a <script>x</script>"),
        ("<nowiki>''a'' &lt; <b> {{x}}</nowiki>", "''a'' < <b> {{x}}"),
        ("<nowiki>open", "<nowiki>open"),
        ("a<!-- b -->c", "ac"),
        ("a\n<!-- b -->\nc", "a\nc"),
        ("a<!-- open", "a"),
        ("&amp;lt; &nosuch; &eacute; AT&T &#0;", "&lt; &nosuch; é AT&T &#0;"),
        ("<pre>''a''\n&amp;</pre>", "''a''\n&"),
        ("<pre><nowiki>a</nowiki> <nowiki><nowiki>b</nowiki></nowiki></pre>", "a <nowiki>b</nowiki>"),
        ("a<ref>note</ref><ref name=b /> b", "a b"),
        ("__NOTOC__a__toc__ __proto__ __index__", "a __proto__ __index__"),
        ("__INHALTSVERZEICHNIS__\na", "a"),
        ("<includeonly>a</includeonly><noinclude>b</noinclude>", "b"),
        ("a\x02i0\x03b", "ai0b"),
    ],
)
def test_tags_comments_and_entities(source, shown):
    assert text(source) == shown


def test_no_tag_or_attribute_that_acts_gets_through():
    html = wikitext_html(
        """<div onclick="a()" class="x' y" style="color:red"><script>b()</script><img src=c onerror=d()>"""
    )
    assert html.startswith('<div class="x y">&lt;script&gt;')
    assert "onclick" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("a {{unknown|b|c={{d}}}} e", "a e"),
        ("Ale ({{lang-de|Bier}}; {{IPA|x}}) is", "Ale (Bier) is"),
        ("Ale ({{IPA|x}}, {{audio|y}}) is", "Ale is"),
        ("It is {{convert|5|km}} or {{convert|5|to|10|km}}.", "It is 5 km or 5 to 10 km."),
        ("{{lang|fr|''bière''}}{{ndash}}{{nowrap|a b}}", "bière\N{EN DASH}a b"),
        ("{{Infobox\n| a = {{b}}\n}}\n'''Ale''' is", "Ale is"),
        ("{{{1|default}}} {{{2}}}", "default"),
        ("{{lc:ALE}} {{formatnum:1000}} {{#if:x|y}}.", "ale 1000."),
        ("{{hlist|a|b}} {{as of|2020|lc=y}}", "a · b as of 2020"),
        ("{{tmath|x^2}}", "x^2"),
        ("{{nihongo|Beer|ビール}}", "Beer (ビール)"),
        ("{{open", "{{open"),
        ("-{zh-hans:啤酒; zh-hant:麥酒}- -{a}-", "啤酒 a"),
    ],
)
def test_templates_show_what_can_be_told_without_expanding_them(source, shown):
    assert text(source) == shown


def test_an_escaped_pipe_makes_a_table():
    assert "<td>a\n</td>" in wikitext_html("{{{!}}\n{{!}} a\n{{!}}}")


def test_the_prose_of_a_page_is_markdown():
    source = """{{Infobox beer}}
'''Ale''' is a [[beer]].<ref>x</ref> It holds <math>T_1</math>.

== Brewing ==
# mash
# boil
#* hops

{| class="wikitable"
! Grain !! Colour
|-
| Pale || 4
|}
{{blockquote|Old words.|Bede}}
<syntaxhighlight lang="python">
def boil(): pass
</syntaxhighlight>

== References ==
{{reflist}}

[[Category:Beer]]"""
    assert (
        wikitext_markdown(source)
        == """Ale is a beer. It holds $T_1$.

## Brewing

1. mash
2. boil
   - hops

| Grain | Colour |
| --- | --- |
| Pale | 4 |

> Old words.

```python
def boil(): pass
```"""
    )


def test_code_names_its_language_and_poems_and_galleries_keep_their_text():
    html = wikitext_html(
        '<source lang="C++">a < b;</source><poem>\none\n  two</poem><gallery>\nA.jpg|An [[ale]]\n</gallery>'
    )
    assert '<div class="mw-highlight mw-highlight-lang-c++" dir="ltr"><pre>a &lt; b;</pre></div>' in html
    assert "one<br />&nbsp;&nbsp;two" in html
    assert '<li class="gallerybox">' in html


def test_a_redirect_has_no_prose_and_a_dump_read_raw_is_decoded():
    assert not wikitext_markdown("#REDIRECT [[Ale]]")
    assert not wikitext_markdown("#WEITERLEITUNG [[Bier]]")
    assert wikitext_markdown("# see [[Ale]]") == "1. see Ale"
    assert wikitext_markdown("Ale&lt;ref&gt;x&lt;/ref&gt; is&amp;nbsp;warm") == "Ale is warm"
    assert wikitext_markdown("if a &lt; b") == "if a < b"


def test_a_body_is_json_or_the_source_itself():
    body = json.dumps({"title": "Ale", "wikitext": "'''Ale'''"}).encode()
    assert read_wikitext(body, PAGE) == Extracted("Ale", "Ale")
    assert read_wikitext("\ufeff''Bière''".encode(), "text/x-wiki; charset=utf-8") == Extracted("Bière")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"title": "a"}', b'{"title": "a", "wikitext": 3}', b"[" * 100_000, b"\xff"]
)
def test_what_is_no_page_is_broken(body):
    assert read_wikitext(body, PAGE) == Extracted(problem="broken")


@given(st.lists(st.sampled_from(MARKS), max_size=60).map("".join) | st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_source_becomes_html_without_marks_of_ours(source):
    html = wikitext_html(source)
    assert not set(html) & {"\x02", "\x03", "\x04"}
    assert "<script" not in html
    wikitext_markdown(source)


@given(st.binary(max_size=200), st.sampled_from([PAGE, "text/x-wiki"]))
def test_any_body_is_read(body, media_type):
    assert isinstance(read_wikitext(body, media_type), Extracted)


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_real_pages_cut_and_mended_anywhere_are_read(shared_data, data):
    pages = gzip.decompress((shared_data / "wikitext" / "pages.jsonl.gz").read_bytes()).splitlines()
    source = json.loads(data.draw(st.sampled_from(pages)))["wikitext"][:5_000]
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(source)))
        source = source[:at] + data.draw(st.sampled_from(MARKS)) + source[at + data.draw(st.integers(0, 9)) :]
    assert not set(wikitext_html(source)) & {"\x02", "\x03", "\x04"}


HOSTILE = {
    "braces": lambda n: "{" * n, "templates": lambda n: "{{a|" * n, "closed templates": lambda n: "{{nowrap|" * n + "x" + "}}" * n, "arguments": lambda n: "{{{a|" * n + "}}}" * n,
    "links": lambda n: "[[" * n, "piped links": lambda n: "[[a|" * n + "]]" * n, "files": lambda n: "[[File:a.jpg|thumb|" * n + "]]" * n, "file and links": lambda n: "[[File:a.jpg|b" + "[[c]]" * n,
    "elements": lambda n: "<div>" * n, "closed elements": lambda n: "<blockquote>" * n + "</blockquote>" * n, "tables": lambda n: "{|\n|\n" * n, "list": lambda n: "*" * n,
    "comments": lambda n: "\n<!-- -->" * n, "open comments": lambda n: "<!--" * n, "open tags": lambda n: "<ref " * n, "unclosed": lambda n: "<ref>" * n, "apostrophes": lambda n: "''a '''b " * n,
    "external": lambda n: "[http://a " * n, "brackets": lambda n: "(" * n + "{{x}}", "gaps": lambda n: "{{x}} " * n, "equals": lambda n: "= " * n + "x", "conversion": lambda n: "-{a|" * n,
    "code": lambda n: "<pre></nowiki>" + "<nowiki>" * n + "</pre>",
    "poems": lambda n: "<poem>" * n + "</poem>", "cells": lambda n: "{|\n!" + "<a!!" * n, "terms": lambda n: ";" + "<b>a:" * n, "blanks": lambda n: " " * n + "x", "redirect": lambda n: "#REDIRECT" + " " * n, "redirect to brackets": lambda n: "#REDIRECT [[" + "a" * n, "letters of a redirect": lambda n: "#" + "a" * n, "attributes": lambda n: "<div " + 'class="a" ' * n + ">",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sources_take_time_in_proportion_and_do_not_recurse(name, growth):
    assert growth(wikitext_markdown, HOSTILE[name], 10_000) < 10
    source = HOSTILE[name](50_000)
    assert len(wikitext_html(source)) < 20 * len(source) + 100


def test_nesting_is_bounded_for_whoever_reads_the_tree():
    html = wikitext_html("<div>" * 1000 + "{|\n|\n" * 100 + "*" * 500 + "x")
    assert html.count("<div>") <= 60
    assert html.count("<table>") <= 12
    assert html.count("<ul>") <= 30
    assert "x" in wikitext_markdown("<div>" * 1000 + "\n\nx")


@pytest.mark.slow
def test_ten_megabytes_take_four_times_as_long_as_a_quarter_of_them(shared_data, growth):
    lines = gzip.decompress((shared_data / "wikitext" / "pages.jsonl.gz").read_bytes()).splitlines()
    source = "\n".join(json.loads(line)["wikitext"] for line in lines)
    assert growth(wikitext_html, lambda chars: (source * 20)[:chars], 2_500_000) < 10
