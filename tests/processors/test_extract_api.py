import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.extract_api import atom_entry, mediawiki_parse, plain_text, text_of
from processors.mediawiki_markdown import mediawiki_text

ENTRY = "application/atom+xml;type=entry"
WIKI = "application/json; profile=mediawiki-parse"

ATOM = """<entry xmlns="http://www.w3.org/2005/Atom"><id>http://arxiv.org/abs/1234.5678v2</id>
<title>On the
  warmth of mash &amp; malt</title>
<summary>  A first line
that goes on.
  A second paragraph with $x &lt; y$.
</summary></entry>"""

PAGE = """<div class="mw-content-ltr mw-parser-output"><div class="shortdescription">Drink</div>
<table class="infobox"><tr><td>Boxed</td></tr></table>
<p><b>Ale</b> is a beer.<sup class="reference">[1]</sup> It is<br>warm.</p>
<div class="mw-heading"><h2 id="History">History</h2><span class="mw-editsection">[edit]</span></div>
<ul><li>Gruit<ul><li>herbs</li></ul></li><li>Hops</li></ul><ol><li>mash</li><li>boil</li></ol>
<p>A formula
<span class="mwe-math-element"><math alttext="{\\displaystyle T_{1}}"><mi>T</mi></math><img alt="x"></span>.</p>
<pre>boil()

  stir()</pre><blockquote><p>Old words.</p><p>New words.</p></blockquote>
<table class="wikitable"><tr><th>Grain</th><th>Colour</th></tr><tr><td>Pale</td><td>4</td></tr></table>
<h2>See also</h2><div class="navbox"><a>Stout</a></div>
<h2>References</h2><div class="reflist"><ol><li>A book</li></ol></div><h3>Notes</h3></div>"""

MARKDOWN = """Ale is a beer. It is warm.

## History

- Gruit
  - herbs
- Hops

1. mash
2. boil

A formula $T_{1}$.

```
boil()

  stir()
```

> Old words.
>
> New words.

| Grain | Colour |
| --- | --- |
| Pale | 4 |"""


def test_an_abstract_keeps_its_paragraphs_and_loses_its_line_breaks():
    title, text = text_of(ATOM.encode(), ENTRY)
    assert title == "On the warmth of mash & malt"
    assert text == f"# {title}\n\nA first line that goes on.\n\nA second paragraph with $x < y$."


def test_entities_of_an_entry_are_not_followed():
    bomb = b'<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/hostname">]><entry xmlns="http://www.w3.org/2005/Atom">'
    bomb += b"<title>a</title><summary>b &x; c</summary></entry>"
    assert atom_entry(bomb)[1].startswith("# a\n\nb")
    assert "hostname" not in atom_entry(bomb)[1]


@pytest.mark.parametrize("text", [{"*": PAGE}, PAGE])
def test_a_page_keeps_its_prose_and_loses_its_apparatus(text):
    assert mediawiki_parse(json.dumps({"parse": {"title": "Ale", "text": text}}).encode()) == ("Ale", MARKDOWN)


def test_code_and_prose_come_as_they_are():
    assert text_of(b"\xef\xbb\xbf\r\n    x = 1\r\n", "text/x-python") == (None, "    x = 1")
    assert text_of("# Öl".encode(), "text/markdown; charset=utf-8") == (None, "# Öl")


@pytest.mark.parametrize("media_type", ["text/html", "application/json", "application/atom+xml", "application/pdf", ""])
def test_other_payloads_are_not_its_business(media_type):
    assert text_of(b"{}", media_type) == (None, None)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"parse": 1}', b'{"parse": {"title": "a", "text": null}}', b"\xff"]
)
def test_a_damaged_page_is_empty(body):
    assert text_of(body, WIKI) == (None, "")


@given(st.binary())
def test_nothing_is_raised(body):
    for media_type in (ENTRY, WIKI, "text/x-c"):
        assert isinstance(text_of(body, media_type)[1], str)


@given(st.text())
def test_any_markup_gives_a_string(source):
    assert isinstance(mediawiki_text(source), str)
    assert plain_text(plain_text(source.encode(errors="replace")).encode()) is not None


def test_recorded_abstracts_are_whole(shared_data):
    with gzip.open(shared_data / "recorded/arxiv/atom.jsonl.gz", "rt", encoding="utf-8") as lines:
        answers = [json.loads(line)["response"] for line in lines]
    pages = [answer["body"] for answer in answers if answer["status"] == 200]
    entries = [
        '<entry xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">'
        + part.split("</entry>")[0]
        for page in pages
        for part in page.split("<entry>")[1:]
    ]
    assert len(entries) > 60
    for entry in entries:
        title, text = atom_entry(f"{entry}</entry>".encode())
        assert title
        assert text.startswith(f"# {title}\n\n")
        assert len(text.split()) > len(title.split()) + 15
