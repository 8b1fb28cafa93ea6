# ruff: noqa: RUF001 - the letters of other scripts are the test
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from corpus.charset import decode_html, decode_text
from corpus.schema import DOCUMENT
from processors import extract_html
from processors.extract import Extract
from processors.extract_html import extract_page
from processors.html.tokens import token_for

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>Mashing grain</title>
<meta name="author" content="Ada Miller"><meta property="article:published_time" content="2025-03-04T10:00:00Z"></head>
<body><nav><a href="/">Home</a> <a href="/about">About</a></nav><article><h1>Mashing grain</h1>
<p>The mash turns starch into sugar, and the water must be kept at a steady temperature for an hour or more.</p>
{middle}
<p>After the mash, the wort is drained from the grain and boiled with hops, which adds bitterness and keeps it.</p>
</article><footer>All rights reserved</footer></body></html>"""


def markdown(middle):
    return extract_page(PAGE.format(middle=middle).encode(), "text/html; charset=utf-8", None).text


def table(*rows):
    columns = {"body": pa.large_binary(), "media_type": pa.string(), "url": pa.string(), "title": pa.large_string()}
    types = columns | {"created_at": DOCUMENT.field("created_at").type}
    return pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in types.items()})


def extract_one(**row):
    return Extract()(table(row)).to_pylist()[0]


def test_a_page_gives_its_article_as_markdown_and_what_it_says_about_itself():
    row = extract_one(body=PAGE.format(middle="").encode(), media_type="text/html", url="http://brewnet.test/mash")
    assert row["text"].startswith("# Mashing grain\n")
    assert "About" not in row["text"]
    assert "All rights" not in row["text"]
    assert row["title"] == "Mashing grain"
    assert row["created_at"] == datetime(2025, 3, 4, tzinfo=UTC)
    assert row["byline"] == "Ada Miller"
    assert row["messages"] is None
    assert row["extract_problem"] is None


def test_what_the_source_knew_is_kept():
    when = datetime(2020, 1, 1, tzinfo=UTC)
    row = extract_one(body=PAGE.encode(), media_type="text/html", title="Theirs", created_at=when)
    assert (row["title"], row["created_at"]) == ("Theirs", when)


@pytest.mark.parametrize(
    "code",
    [
        '<pre class="brush: python">{}</pre>',
        '<pre><code class="language-python">{}</code></pre>',
        '<div class="highlight highlight-source-python"><pre>{}</pre></div>',
        '<pre data-lang="python">{}</pre>',
        "<table><tr><td><pre>1\n2\n3\n4</pre></td><td><pre class='language-python'>{}</pre></td></tr></table>",
    ],
)
def test_code_keeps_blank_lines_indent_and_language(code):
    source = "def boil(n_hops):\n\n    return n_hops * 2  # <b>\n"
    text = markdown(code.format(source.replace("<", "&lt;")))
    assert f"\n```python\n{source}```\n" in text
    assert "1\n2" not in text


def test_code_that_holds_a_fence_gets_a_longer_one():
    assert "\n````\n```\nx\n```\n````\n" in markdown("<pre>```\nx\n```</pre>")


def test_a_page_cannot_name_a_token_of_another_page():
    token = token_for("code", "x = 1", 0)
    assert token not in markdown("<pre>x = 1</pre>")
    assert token in markdown(f"<p>{token} stands in this sentence as a word.</p>")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ('<script type="math/tex">a_1^2</script>', "$a_1^2$"),
        ('<script type="math/tex; mode=display">a_1^2</script>', "$$a_1^2$$"),
        (
            (
                '<span class="katex"><span class="katex-mathml"><math><semantics><mi>a</mi><annotation '
                'encoding="application/x-tex">a_1^2</annotation></semantics></math></span><span class="katex-html">a12</span></span>'
            ),
            "$a_1^2$",
        ),
    ],
)
def test_formulas_keep_their_tex_once(formula, expected):
    text = markdown(f"<p>The yield is {formula} for every tun that we have measured in this brewery so far.</p>")
    assert f"is {expected} for" in text
    assert "a12" not in text


def test_what_mathjax_drew_is_not_said_twice():
    text = markdown(
        '<p>Take <span class="MathJax_Preview">a12</span><script type="math/tex">a_1^2</script> of malt.</p>'
    )
    assert "Take $a_1^2$ of malt." in text


def test_a_line_break_of_the_source_before_emphasis_stays_a_space():
    assert "entitled *Good beer*, by" in markdown("<p>The book\nentitled <i>Good beer</i>, by a brewer.</p>")


def test_tables_are_kept():
    assert "| malt | 5 |" in markdown(
        "<table><tr><th>what</th><th>kg</th></tr><tr><td>malt</td><td>5</td></tr></table>"
    )


def test_plain_text_and_markdown_pass_decoded():
    assert (
        extract_one(body="Grüße\n\n# x".encode("latin-1"), media_type="text/plain; charset=ISO-8859-1")["text"]
        == "Grüße\n\n# x"
    )
    assert extract_one(body=b"# Beer\n\n- malt", media_type="text/markdown")["text"] == "# Beer\n\n- malt"


def test_the_encoding_is_told_by_mark_then_header_then_meta_then_content():
    meta = '<html><meta charset="windows-1251"><p>Пиво'
    assert "Пиво" in decode_html(meta.encode("windows-1251"), "text/html")
    assert "Пиво" in decode_html(meta.encode(), "text/html; charset=utf-8")
    assert "Пиво" in decode_html(b"\xef\xbb\xbf" + meta.encode(), "text/html; charset=windows-1251")
    assert decode_text(
        "Пиво варят из солода, воды и хмеля, и так было всегда.".encode("windows-1251"), "text/plain"
    ).startswith("Пиво")
    assert decode_text("\ufeffПиво".encode("utf-16-le"), "text/plain") == "Пиво"


@pytest.mark.parametrize(
    "media_type", ["text/html", "text/html; charset=nonsense", "application/pdf", "image/png", "text/plain", "", None]
)
@pytest.mark.parametrize(
    "body", [None, b"", b"\0\xff\xfe\x00", b"<", b"<html>", b"<!--", b"%PDF-1.4 \xe2\xe3", b"<div>" * 5000]
)
def test_nothing_that_a_server_sends_raises(body, media_type):
    assert isinstance(extract_one(body=body, media_type=media_type, url="http://brewnet.test/")["text"], str)


def test_an_unreadable_type_gives_an_empty_text():
    assert extract_one(body=b"\x89PNG....", media_type="image/png")["text"] == ""


def test_a_huge_page_is_read_up_to_the_limit():
    start = PAGE.format(middle="<p>" + "word " * 200 + "</p>").partition("</article>")[0].encode()
    page = start + b"<p>" + b" " * extract_html.MAX_PARSED_BYTES + b"LAST</p>"
    text = extract_page(page, "text/html", None).text
    assert "starch" in text
    assert "LAST" not in text


def test_a_page_of_the_future_gives_the_same_date_every_day():
    page = PAGE.format(middle="").replace("2025-03-04", "2031-03-04").encode()
    assert extract_page(page, "text/html", None).created_at == datetime(2031, 3, 4, tzinfo=UTC)


def test_an_underscore_inside_a_word_is_not_escaped():
    token, address, name = "ghp_Abc_12", "miller_b@brew_net.org", "snake_case__name"
    html = f"<html><body><article><p>The token {token} and the address {address} stand in a paragraph, {name} too.</p></article></body></html>"
    text = extract_page(html.encode(), "text/html; charset=utf-8", "http://example.org/").text
    assert all(value in text for value in (token, address, name))


TALK = b'{"messages": [{"role": "user", "content": "How long?"}, {"role": "assistant", "content": "An hour."}]}'


@pytest.mark.parametrize(
    ("media_type", "body", "words"),
    [
        ("application/json; profile=conversation", TALK, "An hour."),
        ("application/json; profile=reddit-thread", b'{"title": "Mash", "text": "How long?", "comments": []}', "How long?"),
        ("application/json; profile=mediawiki-wikitext", b'{"title": "Mash", "wikitext": "The [[mash]]."}', "The mash."),
        ("text/x-wiki", b"The mash.", "The mash."),
        ("message/rfc822", b"Subject: Mash\n\nThe mash is ready.\n", "The mash is ready."),
        ("application/x-subrip", b"1\n00:00:01,000 --> 00:00:02,000\nThe mash.\n", "The mash."),
        ("text/vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nThe mash.\n", "The mash."),
        ("application/x-tex", b"\\documentclass{article}\\begin{document}The mash.\\end{document}", "The mash."),
        ("text/x-python", b"print('mash')", "print('mash')"),
        ("text/plain; charset=latin-1", "Köln".encode("latin-1"), "Köln"),
    ],
)  # fmt: skip
def test_each_type_is_read_by_the_module_that_knows_it(media_type, body, words):
    row = extract_one(body=body, media_type=media_type)
    assert words in row["text"]
    assert row["extract_problem"] is None


@pytest.mark.parametrize(
    "media_type",
    [
        "application/pdf",
        "application/epub+zip",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ],
)
def test_a_broken_document_says_so(media_type):
    row = extract_one(body=b"not what it says", media_type=media_type)
    assert (row["text"], row["extract_problem"]) == ("", "broken")


def test_a_conversation_has_its_turns_and_half_characters_are_replaced():
    body = b'{"messages": [{"role": "user", "content": "How \\ud800?"}, {"role": "assistant", "content": "An hour."}]}'
    row = extract_one(body=body, media_type="application/json; profile=conversation")
    assert [turn["role"] for turn in row["messages"]] == ["user", "assistant"]
    assert row["messages"][0]["content"] in {"How ?", "How \ufffd?"}


@pytest.mark.parametrize("media_type", ["text/html; profile=conversation", "text/plain; profile=conversation"])
def test_a_web_page_that_claims_to_be_a_conversation_is_a_page(media_type):
    assert extract_one(body=TALK, media_type=media_type)["messages"] is None


TALK = b'{"messages": [{"role": "user", "content": "How long?"}, {"role": "assistant", "content": "An hour."}]}'


def test_what_has_messages_is_a_conversation_and_the_rest_what_its_source_says():
    rows = [
        {"body": TALK, "media_type": "application/json; profile=conversation"},
        {"body": b"One.", "media_type": "text/plain"},
    ]
    given = table(*rows).append_column("kind", pa.array(["article", "paper"], pa.string()))
    assert Extract()(given)["kind"].to_pylist() == ["conversation", "paper"]
    assert Extract()(table(*rows))["kind"].to_pylist() == ["conversation", None]


@pytest.mark.parametrize(
    ("module", "media_type", "body"),
    [
        ("processors.formats", "text/html", PAGE.format(middle="").encode()),
        ("processors.extract_subtitles", "text/vtt", b"WEBVTT\n\n00:00.000 --> 00:02.000\nThe mash is warm.\n"),
    ],
)
def test_a_body_longer_than_what_is_read_of_it_is_marked_and_keeps_its_text(monkeypatch, module, media_type, body):
    from processors import formats

    monkeypatch.setattr(f"{module}.MAX_PARSED_BYTES", len(body))
    whole, longer = (formats.read(one, media_type, None) for one in (body, body + b"\n"))
    assert (whole.problem, longer.problem) == (None, "truncated")
    assert "mash" in longer.text.lower()
