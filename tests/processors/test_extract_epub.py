import io
import re
import unicodedata
import zipfile
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring

from processors.extract_epub import read_epub
from processors.extracted import Extracted
from processors.office import package as office_package

EPUB = "application/epub+zip"
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
FACTS = "<dc:title>The Mill</dc:title><dc:creator>Ada Miller</dc:creator><dc:creator>Bo Baker</dc:creator><dc:date>2019-05</dc:date>"


def chapter(body):
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title/><style>p {}</style></head>'
        f"<body>{body}</body></html>"
    )


def zipped(parts):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return target.getvalue()


def parts_of(bodies, guide="", properties=None, **more):
    names = [f"text/c {at}.xhtml" for at in range(len(bodies))]
    said = properties or {}
    items = "".join(
        f'<item id="c{at}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml" properties="{said.get(at, "")}"/>'
        for at, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="c{at}"/>' for at in reversed(range(len(bodies))))
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{FACTS}</metadata><manifest>{items}</manifest><spine>{spine}</spine><guide>{guide}</guide></package>"
    )
    chapters = {f"OEBPS/{name}": chapter(body) for name, body in zip(names, bodies, strict=True)}
    return {"mimetype": EPUB, "META-INF/container.xml": CONTAINER, "OEBPS/content.opf": opf} | chapters | more


def book(*bodies, **options):
    return zipped(parts_of(bodies, **options))


def text(body):
    found = read_epub(book(body), EPUB)
    assert found.problem is None
    return found.text


def test_chapters_stand_in_the_order_of_the_spine_with_what_the_book_says_of_itself():
    found = read_epub(book("<h1>Last</h1><p>words</p>", "<h1>First</h1>"), EPUB)
    assert found.text == "# First\n\n# Last\n\nwords"
    assert found[1:] == ("The Mill", "Ada Miller, Bo Baker", datetime(2019, 5, 1, tzinfo=UTC), None, None, 0, 0)


def test_contents_and_cover_are_dropped_by_every_way_of_naming_them():
    guide = '<reference type="cover" href="text/c%200.xhtml"/>'
    bodies = [
        "<p>front</p>",
        "<p>contents</p>",
        '<nav><p>go</p></nav><p>kept</p><section epub:type="toc"><p>list</p></section>',
    ]
    assert read_epub(book(*bodies, guide=guide, properties={1: "nav"}), EPUB).text == "kept"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>one\n  two&nbsp;&hellip; <em>so</em> it<b>al</b>ics</p>", "one two … *so* italics"),
        ("<div>loose <span>words</span><p>par</p>tail</div>", "loose words\n\npar\n\ntail"),
        ("<p>a<br/>b</p>", "a\nb"),
        ("<ul><li>a<ol start='3'><li><p>b</p><p>more</p></li></ol></li><li><p>c</p></li></ul>", "- a\n    3. b\n        more\n- c"),
        ("<pre>x = 1\n  y = <b>2</b>\n\nz</pre>", "```\nx = 1\n  y = 2\n\nz\n```"),
        ("<p>the <code>go</code> word</p>", "the `go` word"),
        ("<blockquote><p>said<br/>so</p></blockquote>", "> said\n> so"),
        ("<p><a href='https://mill.test/'>out</a> <a href='c2.xhtml#x'>in</a></p>", "[out](https://mill.test/) in"),
        ("<table><caption>T</caption><thead><tr><th colspan='2'>h</th></tr></thead><tbody><tr><td rowspan='2'>l</td><td>1|</td></tr><tr><td>2</td></tr></tbody></table>",
         "T\n\n| h | h |\n| --- | --- |\n| l | 1\\| |\n| l | 2 |"),
        ("<table><tr><td><p>framed</p></td></tr></table>", "framed"),
        ("<table><tr><td><pre>1\n2</pre></td><td><pre>a\nb</pre></td></tr></table>", "```\n1\n2\na\nb\n```"),
        ("<dl><dt>term</dt><dd>sense</dd></dl>", "term\n\nsense"),
        ("<p>E = <math xmlns='http://www.w3.org/1998/Math/MathML'><semantics><mi>m</mi><annotation encoding='application/x-tex'>mc^2</annotation></semantics></math></p>", "E = $mc^2$"),
        ("<p>H<sub>2</sub>O and 10<sup>-3</sup></p>", "H₂O and 10⁻³"),
        ("<p>see<script>alert(1)</script> this</p><p hidden=''>not</p>", "see this"),
        ("<p>a<i style='color:red; DISPLAY : none'>not</i>b</p><p style='visibility:hidden'>not</p>", "ab"),
        ("<p>a<i style='--display:none'>b</i></p><div hidden='until-found'><p>not</p></div>", "ab"),
        ("<ul><li hidden=''>not</li><li>a</li></ul><pre>b<i hidden=''>not</i>c</pre>", "- a\n\n```\nbc\n```"),
        ("<table><tr hidden=''><td>not</td></tr><tr><td>a</td><td hidden=''>not</td><td>b</td></tr></table>", "| a |  | b |\n| --- | --- | --- |"),
        ("<span><p>inside</p></span>", "inside"),
        ("<p><ruby>漢<rt>kan</rt></ruby></p>", "漢"),
        ("<p>one<span epub:type='pagebreak'>17</span> page</p>", "one page"),
    ],
)  # fmt: skip
def test_the_whole_body_is_written_as_markdown(body, expected):
    assert text(body) == expected


def test_a_chapter_that_is_no_xml_is_read_as_html():
    assert text("<p>one<p>two<br>three</body>") == "one\n\ntwo\nthree"


@pytest.mark.parametrize("depth", [90, 260, 2_000, 3_000, 50_000])
@pytest.mark.parametrize("tag", ["i", "div", "blockquote"])
def test_a_chapter_nested_deep_keeps_its_words(tag, depth):
    deep = text(f"<p>before</p>{f'<{tag}>' * depth}deep &amp; down{f'</{tag}>' * depth}<p>after</p>")
    assert re.sub(r"[*>\s]+", " ", deep).strip() == "before deep & down after"


def letters(words):
    return Counter(letter for letter in unicodedata.normalize("NFKC", words) if letter.isalnum())


def test_no_letter_of_a_page_is_lost(shared_data):
    read = 0
    for path in sorted((shared_data / "documents" / "docling" / "html").glob("*.html")):
        page = path.read_text(encoding="utf-8")
        body = document_fromstring(page).find("body")
        for unread in list(body.iter("script", "style", "nav", "svg", "template", "noscript")):
            unread.drop_tree()
        found = letters(read_epub(zipped(parts_of([""]) | {"OEBPS/text/c 0.xhtml": page}), EPUB).text)
        read += sum(found.values())
        assert letters(" ".join(body.itertext())) - found == Counter(), path.name
    assert read > 3000


def encryption(*names):
    data = "".join(
        f'<e:EncryptedData><e:CipherData><e:CipherReference URI="{name}"/></e:CipherData></e:EncryptedData>'
        for name in names
    )
    return {"META-INF/encryption.xml": f'<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#">{data}</encryption>'}


def test_a_book_is_encrypted_when_a_chapter_is_but_not_when_its_fonts_are():
    assert read_epub(book("<p>x</p>", **encryption("OEBPS/text/c%200.xhtml")), EPUB).problem == "encrypted"
    assert read_epub(book("<p>x</p>", **encryption("OEBPS/fonts/a.otf")), EPUB).text == "x"


@pytest.mark.parametrize(
    "body",
    [b"", b"no zip", zipped({"a": "b"}), zipped({"META-INF/container.xml": CONTAINER}), book("<p>x</p>")[:-60]],
    ids=range(5),
)
def test_what_is_no_book_is_broken(body):
    assert read_epub(body, EPUB) == Extracted(problem="broken")


def test_bombs_and_endless_markup_end_early(monkeypatch):
    zeros = {"OEBPS/text/c 0.xhtml": bytes(office_package.MAX_PART_BYTES + 1)}
    assert read_epub(zipped(parts_of([""]) | zeros), EPUB).problem == "bomb"
    for opening in ("<div>", "<ul><li>", "<b>", "<table><tr><td>", "<blockquote>x"):
        assert read_epub(book("deep " + opening * 100_000), EPUB).text.startswith("deep")
    assert "deep" in text("<div>" * 200 + "deep" + "</div>" * 200)
    assert "deep" in text("<i>" * 200 + "deep" + "</i>" * 200)
    monkeypatch.setattr(office_package, "MAX_MARKS", 1000)
    assert read_epub(book("<p/>" * 1001), EPUB).problem == "bomb"


def test_declared_entities_are_never_expanded(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    for declared in (f'<!ENTITY e SYSTEM "file://{secret}">', '<!ENTITY e "lollol">'):
        page = f"<!DOCTYPE html [{declared}]><html><body><p>before &e; after</p></body></html>"
        found = read_epub(zipped(parts_of([""]) | {"OEBPS/text/c 0.xhtml": page}), EPUB).text
        assert "before" in found
        assert "secret" not in found.replace("secret.txt", "")
        assert "lollol after" not in found


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise(body):
    assert read_epub(body, EPUB).problem == "broken"
    assert read_epub(zipped(parts_of([""]) | {"OEBPS/text/c 0.xhtml": body}), EPUB).problem is None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_mutated_book_raises(data):
    whole = parts_of(["<table><tr><td rowspan='2'>a</td></tr></table><ol><li>b</li></ol><pre>c</pre>", "<p>d</p>"])
    name = data.draw(st.sampled_from(sorted(whole)))
    content = bytearray(whole[name].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 9))] = data.draw(
            st.sampled_from([b"x", b"0", b"-9", b"99999999999", b"\xff", b"<li>", b"</td>", b'"', b"&x;", b"../"])
        )
    assert read_epub(zipped(whole | {name: bytes(content)}), EPUB).problem in {None, "broken"}
    damaged = bytearray(zipped(whole))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    assert read_epub(bytes(damaged), EPUB).problem in {None, "broken", "encrypted", "bomb"}
