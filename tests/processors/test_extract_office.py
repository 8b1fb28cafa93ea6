# ruff: noqa: RUF001 - signs of mathematics are the test
import io
import re
import zipfile
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.extract_office import read_office
from processors.extracted import Extracted
from processors.office import package as office_package

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
TRANSITIONAL = "http://schemas.openxmlformats.org/{}/2006/{}"
STRICT = "http://purl.oclc.org/ooxml/{}/{}"


def zipped(parts, **options):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, **options) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return target.getvalue()


def names(pattern=TRANSITIONAL):
    said = {
        "w": pattern.format("wordprocessingml", "main"), "m": pattern.format("officeDocument", "math"),
        "r": pattern.format("officeDocument", "relationships"), "a": pattern.format("drawingml", "main"),
        "p": pattern.format("presentationml", "main"), "c": pattern.format("drawingml", "chart"),
        "dgm": pattern.format("drawingml", "diagram"),
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006", "v": "urn:schemas-microsoft-com:vml",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "a14": "http://schemas.microsoft.com/office/drawing/2010/main",
    }  # fmt: skip
    return " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in said.items())


def rels(*related, pattern=TRANSITIONAL):
    kinds = pattern.format("officeDocument", "relationships")
    entries = "".join(
        f'<Relationship Id="{key}" Type="{kinds}/{kind}" Target="{target}" {more}/>'
        for key, kind, target, more in related
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{entries}</Relationships>'
    )


def word(body, pattern=TRANSITIONAL, related=(), **parts):
    """Return a document of this body; other parts are named by their relationship: styles, numbering, footnotes."""
    own = [(kind, kind, f"{kind}.xml", "") for kind in parts]
    said = names(pattern)
    return zipped(
        {
            "_rels/.rels": rels(("d", "officeDocument", "/word/document.xml", ""), pattern=pattern),
            "word/document.xml": f"<w:document {said}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": rels(*own, *related, pattern=pattern),
        }
        | {f"word/{kind}.xml": f"<w:{kind} {said}>{content}</w:{kind}>" for kind, content in parts.items()}
    )


def text(body, **parts):
    found = read_office(word(body, **parts), DOCX)
    assert found.problem is None
    return found.text


def run(words, look=""):
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def p(content, properties=""):
    content = content if "<" in content else run(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>"


def styled(style, content, more=""):
    return p(content, f'<w:pStyle w:val="{style}"/>{more}')


def listed(list_id, level, content):
    return p(content, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>')


STYLES = """
<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Part"><w:name w:val="Part"/><w:basedOn w:val="berschrift1"/></w:style>
<w:style w:type="paragraph" w:styleId="Quiet"><w:name w:val="Quiet"/><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Code"><w:name w:val="Source Code"/></w:style>
<w:style w:type="paragraph" w:styleId="Ref"><w:name w:val="Source Reference"/></w:style>
<w:style w:type="paragraph" w:styleId="Dots"><w:name w:val="List Bullet"/><w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="LoopA"><w:name w:val="a"/><w:basedOn w:val="LoopB"/></w:style>
<w:style w:type="paragraph" w:styleId="LoopB"><w:name w:val="b"/><w:basedOn w:val="LoopA"/></w:style>
"""


def level(at, form, written, more=""):
    return f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{written}"/></w:lvl>'


NUMBERING = (
    "<w:abstractNum w:abstractNumId='1'>"
    + level(0, "decimal", "%1.") + level(1, "decimal", "%1.%2") + level(2, "lowerRoman", "(%3)")
    + "</w:abstractNum><w:abstractNum w:abstractNumId='2'>" + level(0, "bullet", "\uf0b7") + level(1, "bullet", "o")
    + "</w:abstractNum><w:abstractNum w:abstractNumId='3'>" + level(0, "upperLetter", "%1)") + level(1, "upperRoman", "%1.%2", "<w:isLgl/>")
    + "</w:abstractNum>"
    + "".join(f"<w:num w:numId='{one}'><w:abstractNumId w:val='{one}'/></w:num>" for one in (1, 2, 3))
    + "<w:num w:numId='4'><w:abstractNumId w:val='1'/><w:lvlOverride w:ilvl='0'><w:startOverride w:val='7'/></w:lvlOverride></w:num>"
)  # fmt: skip


def math(content):
    return f"<w:p><m:oMath>{content}</m:oMath></w:p>"


def mr(letters):
    return f"<m:r><m:t>{letters}</m:t></m:r>"


def test_headings_are_told_by_outline_level_and_a_title_moves_them_down():
    body = styled("berschrift1", "One") + styled("Part", "Two") + p("Three", '<w:outlineLvl w:val="1"/>')
    assert text(body, styles=STYLES) == "# One\n\n# Two\n\n## Three"
    assert text(styled("Titel", "Whole") + body, styles=STYLES) == "# Whole\n\n## One\n\n## Two\n\n### Three"


def test_a_heading_stands_with_the_number_word_shows():
    numbered = '<w:numPr><w:numId w:val="1"/></w:numPr>'
    body = "".join(styled("berschrift1", words, numbered) for words in ("One", "Two"))
    assert text(body, styles=STYLES, numbering=NUMBERING) == "# 1. One\n\n# 2. Two"


def test_levels_of_a_list_count_by_themselves_and_restart_below_a_new_item():
    levels = (0, 1, 1, 2, 0, 1)
    body = "".join(listed(1, at, f"item {at}") for at in levels)
    assert text(body, numbering=NUMBERING).split("\n") == [
        "1. item 0", "    - 1.1 item 1", "    - 1.2 item 1", "        - (i) item 2", "2. item 0", "    - 2.1 item 1",
    ]  # fmt: skip


def test_a_list_with_its_own_start_begins_there_and_only_once():
    body = listed(1, 0, "a") + listed(4, 0, "b") + listed(4, 0, "c")
    assert text(body, numbering=NUMBERING) == "1. a\n7. b\n8. c"


def test_letters_stay_letters_but_a_legal_level_writes_all_in_digits():
    assert text(listed(3, 0, "x") + listed(3, 1, "y"), numbering=NUMBERING) == "- A) x\n    - 1.1 y"


def test_a_style_may_make_the_list_and_a_list_of_zero_unmakes_it():
    body = styled("Dots", "on") + styled("Dots", "off", '<w:numPr><w:numId w:val="0"/></w:numPr>')
    assert text(body, styles=STYLES, numbering=NUMBERING) == "- on\n\noff"


BEGIN, SEPARATE, END = (f'<w:fldChar w:fldCharType="{kind}"/>' for kind in ("begin", "separate", "end"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (run("plain ") + run("bold", "<w:b/>") + run(" end"), "plain **bold** end"),
        (run("in") + run("side", "<w:b/>") + run("r word"), "insider word"),
        (run("one ", "<w:b/>") + run("two ", "<w:b/>") + run("three"), "**one two** three"),
        (run("off", '<w:b w:val="0"/>'), "off"),
        (run("gone", "<w:strike/>"), "~~gone~~"),
        (run("x") + run("2", '<w:vertAlign w:val="superscript"/>'), "x²"),
        (run("seen ") + run("hidden", "<w:vanish/>") + run("again"), "seen again"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>", "a b\nc"),
        ("<w:r><w:t>non</w:t><w:noBreakHyphen/><w:t>stop soft</w:t><w:softHyphen/><w:t>ly</w:t></w:r>", "non\u2011stop softly"),
        (f"<w:ins>{run('new')}</w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:moveFrom>{run('from')}</w:moveFrom>", "new"),
        (f"<w:sdt><w:sdtPr><w:alias w:val='no'/></w:sdtPr><w:sdtContent>{run('held')}</w:sdtContent></w:sdt>", "held"),
        (f"<w:r>{BEGIN}<w:instrText>PAGEREF x</w:instrText>{SEPARATE}<w:t>12</w:t>{END}</w:r>", "12"),
        (f"<w:r>{BEGIN}<w:t>inner</w:t>{SEPARATE}<w:t>shown</w:t>{END}<w:t> after</w:t></w:r>", "shown after"),
        (f"<w:r>{BEGIN}<w:t>a field without end loses nothing</w:t></w:r>", "a field without end loses nothing"),
        (f"<w:fldSimple w:instr='DATE'>{run('today')}</w:fldSimple>", "today"),
        ("<w:r><w:commentReference w:id='1'/><w:t>said</w:t></w:r>", "said"),
        ("<w:r><w:ruby><w:rt><w:r><w:t>kan</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>漢</w:t></w:r></w:rubyBase></w:ruby></w:r>", "漢"),
        (run("call ") + run("printf", '<w:rFonts w:ascii="Courier New"/>') + run(" here"), "call `printf` here"),
    ],
)  # fmt: skip
def test_runs_say_what_is_shown(content, expected):
    assert text(p(content)) == expected


def test_a_style_may_hide_its_text():
    assert (
        text(
            styled("Quiet", "hidden") + p("seen") + styled("Quiet", run("shown", '<w:vanish w:val="0"/>')),
            styles=STYLES,
        )
        == "seen\n\nshown"
    )


def test_links_keep_their_address_and_only_addresses_that_lead_somewhere():
    body = p(f'<w:hyperlink r:id="good">{run("here")}</w:hyperlink>') + p(
        f'<w:hyperlink r:id="bad">{run("there")}</w:hyperlink>'
    )
    related = [
        ("good", "hyperlink", "https://mill.test/a_(b)", 'TargetMode="External"'),
        ("bad", "hyperlink", "javascript:alert(1)", 'TargetMode="External"'),
    ]
    assert text(body, related=related) == "[here](https://mill.test/a_%28b%29)\n\nthere"


def test_code_is_told_by_style_or_by_font_and_letters_together():
    mono = '<w:rFonts w:ascii="Consolas"/>'
    body = styled("Code", "if x:") + styled("Code", run("    go()"))
    assert text(body, styles=STYLES) == "```\nif x:\n    go()\n```"
    assert text(p(run("for x in y:", mono)) + p(run("  go(x)", mono))) == "```\nfor x in y:\n  go(x)\n```"
    assert (
        text(styled("Code", "a") + styled("Code", run("")) + styled("Code", "b"), styles=STYLES) == "```\na\n\nb\n```"
    )
    assert text(p(run("x = 1", mono)) + p(run("")) + p(run("y", mono)) + p("z")) == "```\nx = 1\n\ny\n```\n\nz"
    assert text(p(run("A letter typed at home.", mono))) == "A letter typed at home."
    assert text(styled("Ref", "see x = 1;"), styles=STYLES) == "see x = 1;"


def cell(content, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def table(*rows):
    return "<w:tbl>" + "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows) + "</w:tbl>"


def test_tables_repeat_merged_cells_escape_pipes_and_hold_lists_and_formulas():
    body = table(
        (cell(p("wide"), '<w:gridSpan w:val="2"/>'), cell(p("a|b"))),
        (
            cell(p("tall"), '<w:vMerge w:val="restart"/>'),
            cell(listed(1, 0, "x") + listed(1, 0, "y")),
            cell(math(mr("π"))),
        ),
        (cell(p(""), "<w:vMerge/>"), cell(table((cell(p("in")), cell(p("side"))))), cell(p(""))),
    )
    assert text(body, numbering=NUMBERING).split("\n") == [
        "| wide | wide | a\\|b |", "| --- | --- | --- |", "| tall | 1. x 2. y | $\\pi$ |", "| tall | in side |  |",
    ]  # fmt: skip


def test_a_table_of_one_cell_is_a_frame_and_a_deleted_row_is_none():
    assert text(table((cell(styled("berschrift1", "Head") + p("words")),)), styles=STYLES) == "# Head\n\nwords"
    deleted = "<w:tr><w:trPr><w:del w:id='1'/></w:trPr>" + cell(p("gone")) + cell(p("gone")) + "</w:tr>"
    kept = table((cell(p("a")), cell(p("b")))).replace("</w:tbl>", deleted + "</w:tbl>")
    assert "gone" not in text(kept)


def test_hidden_rows_and_deleted_cells_of_tables_are_left_out():
    rows = (
        f"<w:tr>{cell(p('one'))}<w:tc><w:tcPr><w:cellDel/></w:tcPr>{p('deleted')}</w:tc>{cell(p('two'))}</w:tr>"
        f"<w:tr><w:trPr><w:hidden/></w:trPr>{cell(p('unseen'))}{cell(p('unseen'))}</w:tr>"
        f'<w:tr><w:trPr><w:hidden w:val="0"/></w:trPr>{cell(p("three"))}{cell(p("four"))}</w:tr>'
    )
    assert text(f"<w:tbl>{rows}</w:tbl>") == "| one | two |\n| --- | --- |\n| three | four |"


CHUNK_TYPES = (
    '<Types><Default Extension="txt" ContentType="text/plain"/><Default Extension="rtf" ContentType="application/rtf"/>'
    '<Override PartName="/word/page.dat" ContentType="text/html; charset=utf-8"/></Types>'
)


def test_pages_and_plain_texts_that_word_imports_are_read_once_in_their_place():
    chunks = {
        "word/page.dat": "<html><body><h2>Page</h2><p>malt\u00e9</p><p hidden=''>unseen</p></body></html>".encode(),
        "word/note.txt": "first\n\nsecond",
        "word/old.rtf": "{\\rtf1 rich}",
        "[Content_Types].xml": CHUNK_TYPES,
    }
    named = [(name, "aFChunk", name.removeprefix("word/"), "") for name in chunks if name.startswith("word/")]
    here = "".join(f'<w:altChunk r:id="{name}"/>' for name, *_ in named)
    body = word(p("before") + here * 2 + p("after"), related=[*named, ("o", "aFChunk", "http://a.test/", 'TargetMode="External"')])  # fmt: skip
    found = read_office(zipped(unzipped(body) | chunks), DOCX)
    assert found.text == "before\n\n## Page\n\nmalt\u00e9\n\nfirst\n\nsecond\n\nafter"


def test_merging_cells_cannot_multiply_a_document():
    huge = '<w:gridSpan w:val="2000000000"/>'
    rows = [(cell(p("word " * 30), huge),) for _ in range(300)]
    assert len(text(table(*rows))) < 60 * 300 * len("word ") * 30


def test_alternate_content_is_read_once_and_a_text_box_follows_its_paragraph():
    box = f"<w:txbxContent>{p('boxed')}</w:txbxContent>"
    drawing = (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert text(p(run("before") + drawing + run(" after"))) == "before after\n\nboxed"
    assert text(p(f"<w:r><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></w:r>")) == "boxed"


def test_notes_are_marked_in_the_text_and_stand_at_the_end():
    body = p(
        run("said")
        + '<w:r><w:footnoteReference w:id="5"/></w:r>'
        + run(", again")
        + '<w:r><w:endnoteReference w:id="5"/></w:r>'
    )
    notes = {
        "footnotes": f'<w:footnote w:id="5">{p("low")}</w:footnote>',
        "endnotes": f'<w:endnote w:id="5">{p("late")}</w:endnote>',
    }
    assert text(body, **notes) == "said[^1], again[^2]\n\n[^1]: low\n\n[^2]: late"


def test_a_note_that_refers_to_itself_ends():
    body = p('<w:r><w:footnoteReference w:id="1"/></w:r>')
    note = '<w:footnote w:id="1">' + p(run("self") + '<w:r><w:footnoteReference w:id="1"/></w:r>') + "</w:footnote>"
    assert text(body, footnotes=note) == "[^1]\n\n[^1]: self[^1]"


def part(name, content):
    return f"<m:{name}>{content}</m:{name}>"


@pytest.mark.parametrize(
    ("formula", "latex"),
    [
        (part("f", part("num", mr("a")) + part("den", mr("b"))), r"\frac{a}{b}"),
        (part("sSup", part("e", part("f", part("num", mr("a")) + part("den", mr("b")))) + part("sup", mr("2"))), r"{\frac{a}{b}}^{2}"),
        (part("sSubSup", part("e", mr("x")) + part("sub", mr("i")) + part("sup", mr("2"))), "x_{i}^{2}"),
        (part("rad", part("deg", mr("3")) + part("e", mr("x"))), r"\sqrt[3]{x}"),
        (part("nary", '<m:naryPr><m:chr m:val="∑"/></m:naryPr>' + part("sub", mr("i=1")) + part("sup", mr("n")) + part("e", mr("i"))), r"\sum_{i=1}^{n} i"),
        (part("nary", part("e", mr("x"))), r"\int x"),
        (part("d", part("e", mr("x+1"))), r"\left( x+1 \right)"),
        (part("d", '<m:dPr><m:begChr m:val="{"/><m:endChr m:val=""/></m:dPr>' + part("e", mr("x"))), r"\left\{ x \right."),
        (part("m", part("mr", part("e", mr("1")) + part("e", mr("0"))) + part("mr", part("e", mr("0")) + part("e", mr("1")))), r"\begin{matrix} 1 & 0 \\ 0 & 1 \end{matrix}"),
        (part("acc", '<m:accPr><m:chr m:val="\u20d7"/></m:accPr>' + part("e", mr("v"))), r"\vec{v}"),
        (part("bar", '<m:barPr><m:pos m:val="top"/></m:barPr>' + part("e", mr("z"))), r"\overline{z}"),
        (part("func", part("fName", mr("sin")) + part("e", mr("θ"))), r"\sin \theta"),
        (part("func", part("fName", part("limLow", part("e", mr("lim")) + part("lim", mr("x→0")))) + part("e", mr("x"))), r"\lim_{x\rightarrow 0} x"),
        (mr("α≤Ω±𝑥"), r"\alpha \leq \Omega \pm x"),
        ("<m:r><m:rPr><m:nor/></m:rPr><m:t>if </m:t></m:r>" + mr("x"), r"\text{if }x"),
        (part("eqArr", part("e", mr("a")) + part("e", mr("b"))), r"\begin{array}{l} a \\ b \end{array}"),
    ],
)  # fmt: skip
def test_formulas_become_latex(formula, latex):
    assert text(math(formula)) == f"$${latex}$$"
    assert text(p(run("so ") + f"<m:oMath>{formula}</m:oMath>")) == f"so ${latex}$"


def test_formulas_beside_one_another_stay_apart():
    assert text(f"<w:p><m:oMath>{mr('a')}</m:oMath><m:oMath>{mr('b')}</m:oMath></w:p>") == "$$a$$\n\n$$b$$"


def test_strict_documents_read_as_transitional_ones():
    body = styled("berschrift1", "Head") + math(part("f", part("num", mr("a")) + part("den", mr("b"))))
    assert text(body, pattern=STRICT, styles=STYLES) == text(body, styles=STYLES) == "# Head\n\n$$\\frac{a}{b}$$"


def test_styles_based_on_one_another_in_a_ring_end():
    assert text(styled("LoopA", "words"), styles=STYLES) == "words"


def core(title, creator, created):
    return (
        '<c:coreProperties xmlns:c="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:t="http://purl.org/dc/terms/">'
        f"<dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator><t:created>{created}</t:created></c:coreProperties>"
    )


def with_core(body, *facts):
    parts = unzipped(body)
    entry = '<Relationship Id="c" Type="x/core-properties" Target="docProps/core.xml"/></Relationships>'
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"</Relationships>", entry.encode())
    return zipped(parts | {"docProps/core.xml": core(*facts)})


def unzipped(body):
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_title_author_and_day_come_from_the_core_properties():
    found = read_office(
        with_core(word(p("x")), "Mashing &amp; more", " Ada  Miller ", "2024-03-01T12:00:00+02:00"), DOCX
    )
    assert found[1:4] == ("Mashing & more", "Ada Miller", datetime(2024, 3, 1, 10, tzinfo=UTC))
    assert read_office(with_core(word(p("x")), "", "", "yesterday"), DOCX)[1:] == Extracted()[1:]


def slide(*shapes):
    return f"<p:sld {names()}><p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld></p:sld>"


def shape(content, kind=None, at=(0, 0), more=""):
    holder = f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>' if kind else "<p:nvPr/>"
    place = f'<p:spPr><a:xfrm><a:off x="{at[0]}" y="{at[1]}"/><a:ext cx="100" cy="50"/></a:xfrm></p:spPr>'
    paragraphs = "".join(one if "<" in one else f"<a:p><a:r><a:t>{one}</a:t></a:r></a:p>" for one in content)
    return f'<p:sp><p:nvSpPr><p:cNvPr id="1" {more}/>{holder}</p:nvSpPr>{place}<p:txBody>{paragraphs}</p:txBody></p:sp>'


def deck(*slides, **more):
    ids = "".join(f'<p:sldId id="{256 + at}" r:id="s{at}"/>' for at in range(len(slides)))
    named = [(f"s{at}", "slide", f"slides/slide{len(slides) - at}.xml", "") for at in range(len(slides))]
    parts = {
        "_rels/.rels": rels(("d", "officeDocument", "ppt/presentation.xml", "")),
        "ppt/presentation.xml": f"<p:presentation {names()}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": rels(*named),
    } | {f"ppt/slides/slide{len(slides) - at}.xml": one for at, one in enumerate(slides)}
    return zipped(parts | {name.replace("__", "/"): content for name, content in more.items()})


def slides_text(*slides, more=None):
    found = read_office(deck(*slides, **(more or {})), PPTX)
    assert found.problem is None
    return found.text


def test_slides_stand_in_the_order_of_the_presentation_each_under_its_title():
    first = slide(shape(["words"]), shape(["First"], "title", (0, 500)), shape(["7"], "sldNum"))
    second = slide(shape(["Second", "line"], "ctrTitle"), shape(["unseen"], more='hidden="1"'))
    assert slides_text(first, second) == "# First\n\nwords\n\n# Second line"


def test_shapes_are_read_by_columns_and_terms_by_rows_whatever_their_order_in_the_file():
    heads = [shape(["left"], at=(0, 0)), shape(["right"], at=(200, 0))]
    bodies = [shape(["under left"], at=(0, 100)), shape(["under right"], at=(200, 100))]
    assert slides_text(slide(*bodies, *heads)) == "left\n\nunder left\n\nright\n\nunder right"
    terms = [
        shape([f"{name}{row}"], at=(x, 100 * row)) for name, x in (("term", 0), ("sense", 200)) for row in range(3)
    ]
    assert slides_text(slide(*terms)).split("\n\n") == [
        f"{name}{row}" for row in range(3) for name in ("term", "sense")
    ]


def test_a_hidden_slide_is_left_out():
    hidden = slide(shape(["unseen"])).replace("<p:sld", '<p:sld show="0"', 1)
    assert 'show="0"' in hidden
    assert slides_text(hidden, slide(shape(["seen"]))) == "seen"


def test_a_group_is_read_together():
    group = f'<p:grpSp><p:nvGrpSpPr><p:cNvPr id="1"/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></a:xfrm></p:grpSpPr>{shape(["b"], at=(0, 900))}{shape(["a"])}</p:grpSp>'
    assert slides_text(slide(shape(["c"], at=(0, 100)), group)) == "a\n\nb\n\nc"


def test_bullets_are_a_paragraphs_own_or_come_from_layout_and_master():
    auto = '<a:p><a:pPr><a:buAutoNum type="alphaLcParenR" startAt="2"/></a:pPr><a:r><a:t>{}</a:t></a:r></a:p>'
    assert slides_text(slide(shape([auto.format("x"), auto.format("y"), "plain"]))) == "- b) x\n- c) y\n\nplain"
    none = "<a:p><a:pPr><a:buNone/></a:pPr><a:r><a:t>Lead</a:t></a:r></a:p>"
    deeper = '<a:p><a:pPr lvl="1"/><a:r><a:t>deep</a:t></a:r></a:p>'
    bullets = '<a:lvl1pPr><a:buChar char="•"/></a:lvl1pPr><a:lvl2pPr><a:buChar char="-"/></a:lvl2pPr>'
    more = {
        "ppt__slides___rels__slide1.xml.rels": rels(("l", "slideLayout", "../slideLayouts/l.xml", "")),
        "ppt__slideLayouts__l.xml": f"<p:sldLayout {names()}/>",
        "ppt__slideLayouts___rels__l.xml.rels": rels(("m", "slideMaster", "../slideMasters/m.xml", "")),
        "ppt__slideMasters__m.xml": f"<p:sldMaster {names()}><p:txStyles><p:bodyStyle>{bullets}</p:bodyStyle></p:txStyles></p:sldMaster>",
    }
    assert slides_text(slide(shape([none, "one", deeper], "body")), more=more) == "Lead\n\n- one\n    - deep"
    assert slides_text(slide(shape(["one"])), more=more) == "one"


def test_tables_charts_diagrams_links_and_formulas_of_slides_are_read():
    cells = '<a:tr><a:tc gridSpan="2"><a:txBody><a:p><a:r><a:t>wide</a:t></a:r></a:p></a:txBody></a:tc><a:tc hMerge="1"/></a:tr>'
    cells += "<a:tr>" + "<a:tc><a:txBody><a:p><a:r><a:t>v</a:t></a:r></a:p></a:txBody></a:tc>" * 2 + "</a:tr>"
    frame = "<p:graphicFrame><a:graphic><a:graphicData>{}</a:graphicData></a:graphic></p:graphicFrame>"
    points = '<c:cat><c:strRef><c:strCache><c:pt idx="0"><c:v>May</c:v></c:pt></c:strCache></c:strRef></c:cat>'
    points += '<c:val><c:numRef><c:numCache><c:pt idx="0"><c:v>4.2999999999999998</c:v></c:pt></c:numCache></c:numRef></c:val>'
    name = '<c:tx><c:strRef><c:strCache><c:pt idx="0"><c:v>Rain</c:v></c:pt></c:strCache></c:strRef></c:tx>'
    linked = '<a:p><a:r><a:rPr><a:hlinkClick r:id="h"/></a:rPr><a:t>site</a:t></a:r></a:p>'
    formula = f"<a:p><mc:AlternateContent><mc:Choice Requires='a14'><a14:m><m:oMathPara><m:oMath>{mr('β')}</m:oMath></m:oMathPara></a14:m></mc:Choice><mc:Fallback><a:r><a:t>?</a:t></a:r></mc:Fallback></mc:AlternateContent></a:p>"
    more = {
        "ppt__slides___rels__slide1.xml.rels": rels(
            ("k", "chart", "../charts/c.xml", ""), ("h", "hyperlink", "https://mill.test/", 'TargetMode="External"'), ("g", "diagramData", "../diagrams/d.xml", ""),
        ),
        "ppt__charts__c.xml": f"<c:chartSpace {names()}><c:chart><c:plotArea><c:lineChart><c:ser>{name}{points}</c:ser></c:lineChart></c:plotArea></c:chart></c:chartSpace>",
        "ppt__diagrams__d.xml": f"<dgm:dataModel {names()}><dgm:ptLst><dgm:pt><dgm:t><a:p><a:r><a:t>step</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>",
    }  # fmt: skip
    frames = [frame.format(one) for one in (f"<a:tbl>{cells}</a:tbl>", '<c:chart r:id="k"/>', '<dgm:relIds r:dm="g"/>')]
    found = slides_text(slide(*frames, shape([linked, formula], at=(0, 900))), more=more)
    assert found == (
        "| wide | wide |\n| --- | --- |\n| v | v |\n\nLine chart\n\n|  | Rain |\n| --- | --- |\n| May | 4.3 |\n\n- step\n\n"
        "[site](https://mill.test/)\n\n$$\\beta$$"
    )


def odt(body, automatic="", **parts):
    said = " ".join(
        f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"'
        for one in ("office", "text", "table", "style", "draw", "meta")
    )
    said += ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'
    content = f"<office:document-content {said}><office:automatic-styles>{automatic}</office:automatic-styles><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    return zipped(
        {"mimetype": ODT, "content.xml": content} | {name.replace("__", "/"): one for name, one in parts.items()}
    )


def test_opendocument_texts_are_read_too():
    styles = (
        '<style:style style:name="T1"><style:text-properties fo:font-weight="bold"/></style:style>'
        '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
        '<text:list-level-style-bullet text:level="2"/></text:list-style>'
    )
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        '<text:h text:outline-level="2">Head</text:h><text:p>some<text:s text:c="3"/><text:span text:style-name="T1">bold</text:span> '
        '<text:a xlink:href="https://mill.test/">link</text:a><text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>low</text:p></text:note-body></text:note></text:p>'
        '<text:list text:style-name="L1"><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>in</text:p></text:list-item></text:list></text:list-item>'
        "<text:list-item><text:p>two</text:p></text:list-item></text:list>"
        '<table:table><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>w</text:p></table:table-cell><table:covered-table-cell/></table:table-row>'
        "<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>"
        "<text:p><draw:frame><draw:text-box><text:p>boxed</text:p></draw:text-box></draw:frame></text:p>"
    )  # fmt: skip
    found = read_office(odt(body, styles), ODT)
    assert found.text == (
        "## Head\n\nsome **bold** [link](https://mill.test/)[^1]\n\n1. one\n    - in\n2. two\n\n"
        "| w | w |\n| --- | --- |\n| a | b |\n\nboxed\n\n[^1]: low"
    )
    assert read_office(odt(body, **{"META-INF__manifest.xml": "<m><encryption-data/></m>"}), ODT).problem == "encrypted"


def odt_cell(words):
    return f"<table:table-cell><text:p>{words}</text:p></table:table-cell>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<text:section text:display="none"><text:p>no</text:p></text:section><text:section><text:p>yes</text:p></text:section>', "yes"),
        ('<text:p>a <text:hidden-text text:is-hidden="true">no</text:hidden-text>b <text:hidden-text>yes</text:hidden-text></text:p>', "a b yes"),
        ('<text:p>no<text:hidden-paragraph text:is-hidden="true"/></text:p><text:p>yes<text:hidden-paragraph/></text:p>', "yes"),
        ('<text:p>yes<draw:frame><draw:text-box><text:p>no<text:hidden-paragraph text:is-hidden="true"/></text:p></draw:text-box></draw:frame></text:p>', "yes"),
        ('<text:p>a<draw:frame draw:display="none"><draw:text-box><text:p>no</text:p></draw:text-box></draw:frame></text:p>', "a"),
        (f'<table:table><table:table-row table:visibility="collapse">{odt_cell("no")}</table:table-row><table:table-row>{odt_cell("yes")}</table:table-row></table:table>', "| yes |\n| --- |"),
        (f'<table:table><table:table-row-group table:display="false"><table:table-row>{odt_cell("no")}</table:table-row></table:table-row-group></table:table>', ""),
        ("<text:p><text:ruby><text:ruby-base>base</text:ruby-base><text:ruby-text>no</text:ruby-text></text:ruby></text:p>", "base"),
    ],
)  # fmt: skip
def test_what_is_hidden_in_an_opendocument_text_is_left_out(body, expected):
    assert read_office(odt(body), ODT).text == expected


@pytest.mark.parametrize("depth", [1, 2, 100])
def test_rows_are_read_in_groups_within_groups(depth):
    row = f"<table:table-row>{odt_cell('in')}</table:table-row>"
    group = "<table:table-row-group>" * depth + row + "</table:table-row-group>" * depth
    assert read_office(odt(f"<table:table>{group}{row}</table:table>"), ODT).text == "| in |\n| --- |\n| in |"


def compound(stream):
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + stream.encode("utf-16-le") + bytes(600)


def flagged_encrypted(body):
    return (
        body.replace(b"PK\x01\x02", b"PK\x01\x02", 1)[: body.index(b"PK\x01\x02") + 8]
        + b"\x01"
        + body[body.index(b"PK\x01\x02") + 9 :]
    )


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (compound("EncryptedPackage"), "encrypted"),
        (compound("WordDocument"), "broken"),
        (flagged_encrypted(word(p("x"))), "encrypted"),
        (b"", "broken"),
        (b"PK\x03\x04 no more", "broken"),
        (zipped({"a.txt": "no document"}), "broken"),
        (zipped({"_rels/.rels": rels(("d", "officeDocument", "word/document.xml", ""))}), "broken"),
        (word("<w:p>"), "broken"),
        (word(p("x"))[:-200], "broken"),
        (word("<w:p>" + "<w:r>" * 500_000), "broken"),
        (word("<w:p>" + "<w:r>" * 1_000_000), "bomb"),
    ],
    ids=range(11),
)
def test_what_cannot_be_read_is_named(body, problem):
    assert read_office(body, DOCX) == Extracted(problem=problem)


def test_bombs_are_told_by_what_they_unpack_to(monkeypatch):
    zeros = bytes(office_package.MAX_PART_BYTES + 1)
    assert read_office(word(p("x"), styles="<!--" + "0" * (6 << 20) + "-->"), DOCX).problem == "bomb"  # ratio
    parts = unzipped(word(p("x"))) | {"word/document.xml": zeros}
    assert read_office(zipped(parts), DOCX).problem == "bomb"
    lying = zipped(parts)
    told = lying.index(b"PK\x01\x02", lying.index(b"word/document.xml", lying.index(b"PK\x01\x02")) - 60)
    lying = lying[: told + 24] + (100).to_bytes(4, "little") + lying[told + 28 :]
    assert read_office(lying, DOCX).problem in {"bomb", "broken"}  # the directory says 100 bytes
    many = zipped(unzipped(word(p("x"))) | {f"{at}.xml": "" for at in range(office_package.MAX_ENTRIES)})
    assert read_office(many, DOCX).problem == "bomb"
    monkeypatch.setattr(office_package, "MAX_UNPACKED_BYTES", 1000)
    assert read_office(word(p("x" * 2000)), DOCX).problem == "bomb"
    monkeypatch.setattr(office_package, "MAX_MARKS", 100)
    monkeypatch.setattr(office_package, "MAX_UNPACKED_BYTES", 1 << 20)
    assert read_office(word("<w:p/>" * 101), DOCX).problem == "bomb"


def test_entities_are_never_expanded(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    for declared in (f'<!ENTITY e SYSTEM "file://{secret}">', '<!ENTITY a "lol"><!ENTITY e "&a;&a;&a;">'):
        parts = unzipped(word(p("x")))
        document = parts["word/document.xml"].replace(b">x<", b">x&e;<")
        parts["word/document.xml"] = f"<!DOCTYPE d [{declared}]>".encode() + document
        assert read_office(zipped(parts), DOCX) == Extracted(problem="broken")


@pytest.mark.parametrize(
    ("opening", "closing", "times"),
    [
        ("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>", 80),
        ("<w:tbl><w:tr><w:tc><w:p/></w:tc><w:tc>", "</w:tc></w:tr></w:tbl>", 80),
        ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>", 120),
        ("<w:p><w:r><w:pict><w:txbxContent>", "</w:txbxContent></w:pict></w:r></w:p>", 60),
    ],
)
def test_what_is_nested_deep_still_gives_its_words(opening, closing, times):
    assert "deep" in text(opening * times + p("deep") + closing * times)


def test_a_formula_nested_deep_still_gives_its_letters():
    assert "x" in text(math("<m:f><m:num>" * 120 + mr("x") + "</m:num></m:f>" * 120))


def test_a_long_document_takes_no_more_than_its_length():
    found = text("".join(p(f"paragraph {at}") for at in range(20_000)))
    assert found.count("\n\n") == 19_999


WORDS = re.compile(r"\w+")


def overlap(found, expected):
    a, b = Counter(WORDS.findall(found.lower())), Counter(WORDS.findall(expected.lower()))
    both = sum((a & b).values())
    return both / max(1, sum(a.values())), both / max(1, sum(b.values()))


@pytest.mark.parametrize("kind", ["docx", "pptx"])
def test_the_words_of_public_documents_are_found_and_no_others(shared_data, kind):
    scores = []
    for path in sorted((shared_data / "documents" / "docling" / kind).glob(f"*.{kind}")):
        expected = path.with_name(path.name + ".expected.md").read_text(encoding="utf-8").replace("<!-- image -->", "")
        if len(WORDS.findall(expected)) >= 20:
            scores.append(overlap(read_office(path.read_bytes(), "").text, expected))
    assert scores
    assert sum(precision for precision, _ in scores) / len(scores) >= 0.98
    assert sum(recall for _, recall in scores) / len(scores) >= 0.98


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_raise(body):
    assert read_office(body, DOCX).problem == "broken"
    assert read_office(b"PK\x03\x04" + body, PPTX).text == ""


REAL = (
    with_core(
        word(
            styled("berschrift1", "Head") + listed(1, 2, "x") + table((cell(p("a")), cell(math(part("f", mr("b")))))),
            styles=STYLES, numbering=NUMBERING,
        ),
        "t", "a", "2024",
    ),
    deck(slide(shape(["a", "b"], "body"), shape(["c"]))),
    odt("<text:h>h</text:h><text:list><text:list-item><text:p>x</text:p></text:list-item></text:list>"),
)  # fmt: skip


PIECES = (b"", b"w:", b"0", b"-9", b"99999999999", b"\xff", b"<w:p>", b"</w:p>", b'"', b"&x;")


def mutated(content, data):
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed)))
        changed[at : at + data.draw(st.integers(0, 9))] = data.draw(st.sampled_from(PIECES))
    return bytes(changed)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(REAL), st.data())
def test_no_mutated_document_raises(body, data):
    parts = unzipped(body)
    name = data.draw(st.sampled_from(sorted(parts)))
    assert read_office(zipped(parts | {name: mutated(parts[name], data)}), "").problem in {None, "broken"}
    damaged = bytearray(body)
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    assert read_office(bytes(damaged), "").problem in {None, "broken", "encrypted", "bomb"}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_mutated_public_document_raises(shared_data, data):
    paths = sorted((shared_data / "documents" / "docling").glob("*/*.[dp][op][ct]x"))
    parts = unzipped(data.draw(st.sampled_from(paths)).read_bytes())
    name = data.draw(st.sampled_from(sorted(name for name in parts if name.endswith((".xml", ".rels")))))
    assert read_office(zipped(parts | {name: mutated(parts[name], data)}), "").problem in {None, "broken"}
