import random
import re
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processors.extract_pdf import read_pdf
from processors.extracted import Extracted
from processors.pdf.document import BUDGET_S, read_document
from processors.pdf.facts import facts
from processors.pdf.letters import Glyph, folded, line_text
from processors.pdf.words import Words, seam
from processors.reader import read

TYPE = "application/pdf"


def stream(entries, data):
    return b"<<" + entries + b"/Length %d>>stream\n" % len(data) + data + b"\nendstream"


def pdf(objects, trailer=b""):
    out, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + one + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    size = b"trailer<</Size %d/Root 1 0 R" % (len(objects) + 1)
    return out + head + table + size + trailer + b">>\nstartxref\n%d\n%%%%EOF" % len(out)


FONTS = (
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
    b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>",
)


def text_at(x, y, text, size=10, font=0):
    shown = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"BT /F%d %d Tf %g %g Td (%s) Tj ET\n" % (font, size, x, y, shown)


def document(*pages, trailer=b"", more=(), page_entries=b""):
    """A PDF of ``pages``, each the operators of its content; ``more`` objects are numbered from 6 on."""
    first = 6 + len(more)
    kids = b" ".join(b"%d 0 R" % (first + 2 * place) for place in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
        *FONTS,
        *more,
    ]
    for place, content in enumerate(pages):
        fonts = b"/Font<</F0 3 0 R/F1 4 0 R/F2 5 0 R/F6 6 0 R>>"
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R/Resources<<%s>>%s>>"
            % (first + 2 * place + 1, fonts, page_entries),
            stream(b"", content),
        ]
    return pdf(objects, trailer)


def lines(*texts, x=72, top=700, leading=12, size=10):
    return b"".join(text_at(x, top - leading * place, text, size) for place, text in enumerate(texts))


def text_of(*pages, **options):
    found = read_document(document(*pages, **options))
    assert found.problem is None
    return found.text


PROSE = (
    "The mill stands at the river and turns when the water is high",
    "enough, which it is from autumn to the end of spring in most",
    "years. Then the miller takes in grain.",
)


def test_lines_become_one_paragraph_and_a_gap_begins_another():
    text = text_of(lines(*PROSE) + lines("Flour goes out by the cart.", top=640))
    assert text == " ".join(PROSE) + "\n\nFlour goes out by the cart."


def test_an_indented_line_after_a_sentence_begins_a_paragraph():
    text = text_of(
        lines(*PROSE[:2], "years and here the paragraph comes to a full end in this line.")
        + lines("An indented line begins another paragraph and runs on for", x=84, top=664)
        + lines("one line more.", top=652)
    )
    assert text.split("\n\n")[1:] == ["An indented line begins another paragraph and runs on for one line more."]


def test_a_word_cut_at_the_end_of_a_line_is_made_whole():
    assert "the miller grinds" in text_of(
        lines("A long line that ends in the mid of a word, for the mil-", "ler grinds.")
    )


@pytest.mark.parametrize(
    ("first", "rest", "known", "whole"),
    [
        ("over a mil-", "ler goes", "", "over a miller goes"),
        ("over a well-", "known way", "", "over a well-known way"),
        ("a water-", "wheel", "the water-wheel turns", "a water-wheel"),
        ("a Well-", "known", "it is wellknown", "a Wellknown"),
        ("in Jean-", "Paul", "", "in Jean-Paul"),
        ("from 10-", "20 on", "", "from 10- 20 on"),
        ("她在河边", "磨面粉", "", "她在河边磨面粉"),
    ],
)
def test_the_document_decides_on_a_hyphen_before_the_rule_does(first, rest, known, whole):
    assert "".join(seam(first, rest, Words([known]), at_break=" ")) + rest == whole


def test_larger_and_bold_lines_are_headings_by_rank():
    content = (
        text_at(72, 740, "Milling by Hand", 24)
        + text_at(72, 700, "Choosing the stone", 14)
        + lines(*PROSE, top=680)
        + text_at(72, 630, "Dressing it", 10, font=1)
        + lines(*PROSE, top=610)
    )
    blocks = text_of(content).split("\n\n")
    assert [block for block in blocks if block.startswith("#")] == [
        "# Milling by Hand",
        "## Choosing the stone",
        "### Dressing it",
    ]


def test_bullets_become_list_items_and_their_lines_hang_under_them():
    content = lines(*PROSE) + b"".join(
        text_at(72, 640 - 24 * place, f"\u2022 {item} and then there is a good deal more to be said")
        + text_at(80, 628 - 24 * place, "about it on a second line.")
        for place, item in enumerate(("Wheat", "Rye"))
    )
    assert text_of(content).split("\n\n")[1:] == [
        "- Wheat and then there is a good deal more to be said about it on a second line.",
        "- Rye and then there is a good deal more to be said about it on a second line.",
    ]


def test_rows_whose_cells_stand_under_each_other_become_a_table():
    rows = [("Grain", "Price", "Stock"), ("Wheat", "12", "a|b"), ("Rye flour", "9", "7")]
    content = b"".join(
        text_at(72 + 120 * column, 700 - 14 * row, cell)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
    )
    assert text_of(content).splitlines() == [
        "| Grain | Price | Stock |",
        "| --- | --- | --- |",
        "| Wheat | 12 | a\\|b |",
        "| Rye flour | 9 | 7 |",
    ]


def test_lines_of_fixed_pitch_become_a_code_block_with_its_indents():
    code = ("for sack in sacks:", "    grind(sack)")
    content = lines(*PROSE) + b"".join(
        text_at(72 + 6 * (len(line) - len(line.lstrip())), 640 - 12 * place, line.lstrip(), font=2)
        for place, line in enumerate(code)
    )
    assert text_of(content).endswith("```\nfor sack in sacks:\n    grind(sack)\n```")


def test_heads_feet_and_page_numbers_are_dropped():
    pages = [
        text_at(72, 770, "The Miller's Monthly")
        + lines(f"Page {name} has its own text, which is long enough to be some.", *PROSE)
        + text_at(290, 40, f"{number} / 3")
        for number, name in enumerate(("one", "two", "three"), 1)
    ]
    text = text_of(*pages)
    assert "Monthly" not in text
    assert "/ 3" not in text
    assert text.count("has its own text") == 3


def test_a_running_head_smaller_than_the_text_is_dropped_from_a_single_page():
    content = text_at(200, 760, "On the Grinding of Grain", 8) + text_at(500, 760, "17", 8) + lines(*PROSE)
    assert text_of(content) == " ".join(PROSE)


def on_page(number, *tops):
    """A page of prose that no other has, under or over the lines ``tops``."""
    return b"".join(tops) + lines(f"This is said on page {'abcdefghij'[number]} alone, and nowhere else.", *PROSE)


@pytest.mark.parametrize(
    ("size", "font", "heading"),
    [
        (12, 1, "{} Introduction to {}"),
        (10, 1, "{} The matter of {}"),
        (20, 1, "Chapter {}"),
        (24, 0, "Example {}"),
        (11, 1, "Question {}"),
        (10, 0, "Exercise {}"),
        (10, 0, "Exercise {} on {}"),
    ],
)
@pytest.mark.parametrize("foot", ["", "{}"])
def test_a_heading_whose_number_is_that_of_its_page_stays(size, font, heading, foot):
    headings = [heading.format(number, ["wheat", "rye", "oats"][number - 1]) for number in (1, 2, 3)]
    feet = [text_at(300, 40, foot.format(number)) for number in (11, 12, 13)]
    pages = [on_page(place, text_at(72, 760, headings[place], size, font), feet[place]) for place in range(3)]
    text = text_of(*pages)
    assert [one for one in headings if one not in text] == []
    assert "\n11" not in text


@pytest.mark.parametrize("heads", [["8 NFSS classification"], ["The year 1999"], ["4 Thanks", "Of Mills", "Of Grain"]])
def test_a_numbered_line_at_the_top_that_no_other_page_goes_on_from_stays(heads):
    text = text_of(*(on_page(place, text_at(72, 760, head)) for place, head in enumerate(heads)))
    assert [head for head in heads if head not in text] == []


def test_a_number_that_ends_the_only_page_stays():
    assert text_of(lines("The answer to the sum is", top=140) + text_at(72, 116, "42")).endswith("42")
    assert text_of(lines(*PROSE) + text_at(500, 120, "1250")).endswith("1250")


def test_numbers_at_the_foot_that_do_not_grow_with_the_pages_stay():
    text = text_of(*(on_page(place, text_at(500, 60, total)) for place, total in enumerate(("1250", "980", "77"))))
    assert [total for total in ("1250", "980", "77") if total not in text] == []


def test_a_line_that_calls_itself_a_page_number_is_dropped_from_a_single_page():
    assert text_of(lines(*PROSE) + text_at(290, 40, "Page 1 of 1")) == " ".join(PROSE)


@pytest.mark.parametrize(
    ("left", "right", "first"),
    [
        ("On Mills", "{}", 4),
        ("{}", "On Mills", 4),
        ("On Mills {} / 57", "", 4),
        ("The Miller's Monthly, page {} of 9", "", 4),
        ("Chapter on {chapter}", "{}", 96),
    ],
)
@pytest.mark.parametrize("height", [770, 40])
def test_a_running_line_whose_number_grows_with_the_pages_is_dropped(left, right, first, height):
    pages = []
    for place, chapter in enumerate(("stones", "water", "wind")):
        said = [part.format(first + place, chapter=chapter) for part in (left, right)]
        pages.append(on_page(place, text_at(72, height, said[0]), text_at(400, height, said[1])))
    assert re.findall(r"mills|monthly|chapter|\d", text_of(*pages).lower()) == []


def test_roman_page_numbers_are_dropped():
    text = text_of(*(on_page(place, text_at(300, 40, number)) for place, number in enumerate(("viii", "ix", "x"))))
    assert re.findall(r"\b[ivx]+\b", text) == []


def test_a_title_stays_that_smaller_running_heads_repeat():
    pages = [text_at(72, 760, "Milling by Hand", 24) + on_page(0)]
    pages += [on_page(place, text_at(72, 770, "Milling by Hand", 8)) for place in (1, 2, 3)]
    assert text_of(*pages).count("Milling by Hand") == 1


def test_a_fence_in_code_does_not_end_the_block():
    code = b"".join(text_at(72, 600 - 12 * place, line, font=2) for place, line in enumerate(("```", "x", "````")))
    assert text_of(lines(*PROSE, *PROSE) + code).endswith("`````\n```\nx\n````\n`````")


def test_a_sentence_cut_by_the_end_of_a_page_goes_on():
    first = lines("Here is a sentence that the end of the page cuts right in the middle of")
    assert text_of(first, lines("its way to the full stop.")) == (
        "Here is a sentence that the end of the page cuts right in the middle of its way to the full stop."
    )


def test_content_written_from_the_foot_up_is_read_from_the_top_column_by_column():
    left = lines("Left column one and", "left column two and", "left column three.", x=72, top=600)
    right = lines("Right column one and", "right column two and", "right column three.", x=320, top=600)
    title = text_at(72, 700, "A title that goes over both of the columns below", 20)
    text = text_of(left + right + title)
    assert text.startswith("# A title")
    assert text.index("left column three") < text.index("Right column one")


SIDES = [
    ("The left side tells of grain and of", "The right side tells of bread, which"),
    ("how it came to the mill by the river", "is another story and one that begins"),
    ("on carts that were drawn by two oxen", "where the first one ends, at the door"),
    ("through mud, rain and deep snow when", "of the mill, with sacks of fine flour"),
    ("the winter was long and the roads had", "that go to the baker in the town who"),
    ("not been mended since the last flood", "gets up at two and lights his oven to"),
    ("came down and took the bridge with it", "bake what all the others eat at seven"),
    ("so that all had to take the long way.", "and think nothing of, most of the days."),
]


def test_two_columns_of_prose_written_line_by_line_are_read_one_after_the_other():
    content = text_at(72, 740, "A title over both", 24) + b"".join(
        text_at(72, 700 - 12 * place, left) + text_at(320, 700 - 12 * place, right)
        for place, (left, right) in enumerate(SIDES)
    )
    left, right = (" ".join(side) for side in zip(*SIDES, strict=True))
    assert text_of(content) == f"# A title over both\n\n{left}\n\n{right}"


def test_a_table_of_many_rows_is_no_two_columns_of_prose():
    content = b"".join(
        text_at(72, 700 - 12 * row, f"item {row}") + text_at(320, 700 - 12 * row, str(row)) for row in range(12)
    )
    assert text_of(content).count("\n| item") == 11


def test_a_page_whose_text_is_turned_is_read_as_it_is_shown():
    turned = b"".join(
        b"BT /F0 10 Tf 0 1 -1 0 %d 72 Tm (%s) Tj ET\n" % (100 + 12 * place, line.encode())
        for place, line in enumerate(PROSE)
    )
    assert text_of(turned, page_entries=b"/Rotate 90") == " ".join(PROSE)


STAMP = b"BT /F0 20 Tf 0 1 -1 0 %d 200 Tm (stamped: 2203.01017 on 11 Mar 2022) Tj ET\n"


@pytest.mark.parametrize("content", [STAMP % 30 + lines(*PROSE), lines(*PROSE) + STAMP % 30])
def test_a_stamp_turned_in_the_margin_is_dropped(content):
    assert text_of(content) == " ".join(PROSE)


def test_text_turned_inside_of_a_page_is_read_behind_it():
    assert text_of(STAMP % 300 + lines(*PROSE)) == " ".join(PROSE) + "\n\n# stamped: 2203.01017 on 11 Mar 2022"


def test_text_outside_of_the_page_is_not_shown():
    assert text_of(lines(*PROSE) + text_at(72, -300, "cheap pills")) == " ".join(PROSE)


def test_raised_digits_are_told_from_the_word_before():
    content = b"BT /F0 12 Tf 72 700 Td (over 10) Tj 5 Ts /F0 7 Tf (6) Tj 0 Ts /F0 12 Tf ( grains) Tj ET"
    assert text_of(content) == "over 10^6 grains"


def test_a_filled_field_stands_beside_its_label():
    look = stream(
        b"/Type/XObject/Subtype/Form/BBox[0 0 200 14]/Resources<</Font<</F0 3 0 R>>>>", text_at(2, 3, "Ada Miller")
    )
    field = (
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Ada Miller)/F 4/Rect[140 696 340 710]/AP<</N 7 0 R>>/P 8 0 R>>"
    )
    content = text_at(72, 700, "Name:") + text_at(72, 680, "Thank you for your order, it goes out tomorrow.")
    text = text_of(content, more=(field, look), page_entries=b"/Annots[6 0 R]")
    assert text.splitlines()[0] == "Name: Ada Miller"


def test_a_field_whose_value_has_no_look_yet_is_read():
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(n)/V(Ada Miller)/F 4/DA(/F0 10 Tf)/Rect[140 696 340 710]/P 7 0 R>>"
    form = b"/Pages 2 0 R/AcroForm<</Fields[6 0 R]/NeedAppearances true/DR<</Font<</F0 3 0 R>>>>/DA(/F0 10 Tf)>>>>"
    body = document(text_at(72, 700, "Name:"), more=(field,), page_entries=b"/Annots[6 0 R]")
    assert read_document(body.replace(b"/Pages 2 0 R>>", form, 1)).text == "Name: Ada Miller"


def test_a_document_none_of_whose_pages_can_be_loaded_is_broken():
    assert read_document(document().replace(b"/Count 0", b"/Count 3")).problem == "broken"


def test_labels_of_an_empty_form_stay_on_their_lines():
    assert text_of(lines("Task:", "Name of the task:", "User:")) == "Task:\n\nName of the task:\n\nUser:"


def test_an_accent_printed_over_a_letter_is_its_accent_and_one_beside_it_is_not():
    over = [Glyph("B", 0, 6, 0, 12), Glyph("\u00a8", 6, 12, 0, 12), Glyph("o", 6, 12, 0, 12), Glyph("k", 12, 18, 0, 12)]
    assert line_text(over) == "Bök"
    assert line_text(glyphs(*"it\u00b4s")) == "it\u00b4s"


def test_a_document_all_of_fixed_pitch_is_prose():
    content = b"".join(text_at(72, 700 - 12 * place, line, font=2) for place, line in enumerate(PROSE))
    assert text_of(content) == " ".join(PROSE)


def glyphs(*texts, width=6.0, start=100.0, top=12.0):
    return [
        Glyph(text, start + width * place, start + width * (place + 1), 0.0, top) for place, text in enumerate(texts)
    ]


def test_right_to_left_letters_are_read_by_where_they_stand():
    shalom = "שלום"
    assert line_text(glyphs(*reversed(shalom))) == shalom
    assert line_text(glyphs(*reversed(shalom))[::-1]) == shalom


def test_a_ligature_of_lam_and_alef_keeps_its_letters_in_order():
    ligature = [Glyph("\u0627", 106, 112, 0, 12), Glyph("ل", 106, 112, 0, 12)]  # as pdfium turns one glyph's letters
    assert line_text([Glyph("س", 112, 118, 0, 12), *ligature, Glyph("م", 100, 106, 0, 12)]) == "سلام"


def test_latin_words_and_numbers_keep_their_direction_among_arabic():
    line = [*glyphs("م", "ع", start=160), *glyphs(*"Python", start=120), *glyphs(*"47.5", start=80)]
    assert line_text(line) == "عم 47.5 Python"  # as Unicode's rules show a number before a word


def test_a_mark_follows_the_letter_that_it_stands_at():
    line = [Glyph("ن", 112, 118, 0, 12), Glyph("َ", 107, 109, 9, 12), Glyph("م", 106, 112, 0, 12)]
    assert line_text(line) == "نمَ"


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("\ufb01ne \ufb04uent \ufb06", "fine ffluent st"),
        ("\ufefb\ufee3", "لام"),
        ("x\u00b2 ½ ∑ ﬀ", "x\u00b2 ½ ∑ ff"),
        ("so\u00adft\u200b \x01\ufffe", "soft "),
        ("e\u0301", "é"),
    ],
)
def test_only_ligatures_and_presentation_forms_are_folded(raw, plain):
    assert folded(raw) == plain


INFORMATION = {"Title": "On Milling", "Author": "Ada Miller", "CreationDate": "D:20240131120000+02'00'"}


def test_title_author_and_date_come_from_the_information_dictionary():
    assert facts(INFORMATION, b"") == ("On Milling", "Ada Miller", datetime(2024, 1, 31, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    "title", ["untitled", "Microsoft Word - x.doc", "report_final.DOCX", "Document1", "C:\\a\\b", "  ", "12-3", "\x00"]
)
def test_titles_that_programs_fill_in_count_as_none(title):
    assert facts({"Title": title}, b"").title is None


@pytest.mark.parametrize("author", ["admin", "User", "anonymous", "Microsoft Office User", "-"])
def test_authors_that_programs_fill_in_count_as_none(author):
    assert facts({"Author": author}, b"").author is None


@pytest.mark.parametrize(
    ("date", "made"),
    [
        ("D:2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("D:20240229235959Z", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
        ("20240101000000-0500", datetime(2024, 1, 1, 5, tzinfo=UTC)),
        ("D:20240231000000Z", None),
        ("D:19700101000000Z", None),
        ("D:99991231235959-23'59'", None),
        ("yesterday", None),
    ],
)
def test_a_date_that_is_none_gives_none(date, made):
    assert facts({"CreationDate": date}, b"").created_at == made


XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" %s>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">On Milling</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>Ada Miller</rdf:li></rdf:Seq></dc:creator>%s</rdf:Description></rdf:RDF></x:xmpmeta>"""


@pytest.mark.parametrize(
    ("attribute", "element"),
    [
        (b'xmp:CreateDate="2024-01-31T12:00:00+02:00"', b""),
        (b"", b"<xmp:CreateDate>2024-01-31T10:00Z</xmp:CreateDate>"),
    ],
)
def test_what_the_dictionary_lacks_comes_from_the_xmp_packet(attribute, element):
    found = facts({"Title": "untitled"}, b"%PDF" + XMP % (attribute, element))
    assert found == ("On Milling", "Ada Miller", datetime(2024, 1, 31, 10, tzinfo=UTC))


def test_a_document_without_a_title_is_called_by_the_heading_it_begins_with():
    found = read_document(document(text_at(72, 740, "Milling by Hand", 24) + lines(*PROSE)))
    assert found.title == "Milling by Hand"


def encrypted(user_password):
    import io

    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter(io.BytesIO(document(lines(*PROSE))))
    writer.encrypt(user_password, "the owner's", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_document_that_needs_a_password_is_told_as_encrypted():
    assert read_pdf(encrypted("secret"), TYPE) == Extracted(problem="encrypted")


def test_an_empty_user_password_opens_by_itself():
    assert read_pdf(encrypted(""), TYPE).text == " ".join(PROSE)


@pytest.mark.parametrize("body", [b"", b"%PDF-1.4", b"<html>", b"%PDF-1.7\n" + bytes(5000), document(lines("x"))[:60]])
def test_what_is_no_pdf_is_told_as_broken(body):
    assert read_pdf(body, TYPE) == Extracted(problem="broken")


def test_a_document_without_text_is_empty_and_no_problem():
    assert read_pdf(document(b""), TYPE) == Extracted()


def laughs(levels):
    """Forms that each show the next ten times."""
    forms = [
        stream(
            b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</X %d 0 R>>>>" % (7 + level),
            b"/X Do " * 10,
        )
        for level in range(levels)
    ]
    last = stream(b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</Font<</F0 3 0 R>>>>", text_at(9, 9, "ha"))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R/Resources<</XObject<</X 6 0 R>>>>>>"
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
            FONTS[0],
            page,
            stream(b"", b"/X Do"),
            *forms,
            last,
        ]
    )


def test_a_document_that_uses_up_its_time_between_pages_is_a_bomb():
    ticks = iter([0.0, 1.0, BUDGET_S + 1])
    found = read_document(document(*[lines("text")] * 5), lambda: next(ticks))
    assert (found.text, found.problem) == ("", "bomb")


def test_a_machine_of_a_tenth_of_the_speed_reads_the_same():
    dense_s = 110.0  # what 2,000 dense pages take
    ticks = iter([0.0, *(10 * dense_s * page / 5 for page in range(1, 6))])
    assert read_document(document(*[lines("text")] * 5), lambda: next(ticks)).problem is None


def test_pages_and_characters_beyond_the_bounds_are_left_out_and_the_text_is_marked(monkeypatch):
    from processors.pdf import pages as pdf_pages

    body = document(*[lines(f"This is {name}.") for name in ("one", "two", "three")])
    assert read_document(body).problem is None
    monkeypatch.setattr(pdf_pages, "MAX_PAGES", 2)
    assert read_document(body)[::5] == ("This is one.\n\nThis is two.", "truncated")
    monkeypatch.setattr(pdf_pages, "MAX_CHARS", 12)
    assert read_document(body)[::5] == ("This is one.", "truncated")


def mutated(body, seed):
    chance = random.Random(seed)
    body = bytearray(body)
    for _ in range(chance.choice((1, 4, 40, 400))):
        body[chance.randrange(len(body))] = chance.randrange(256)
    cut = chance.random() < 0.3
    return bytes(body[: chance.randrange(len(body))] if cut else body)


OWN = document(
    text_at(72, 740, "Milling by Hand", 24) + lines(*PROSE) + text_at(72, 500, "a") + text_at(200, 500, "b"),
    laughs(1),
    lines(*PROSE),
)
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(seed=st.integers(0, 1 << 30))
def test_no_damage_to_a_document_raises(seed):
    found = read(mutated(OWN, seed), TYPE, None).found
    assert found.problem in {None, "broken", "encrypted", "bomb"}
    assert isinstance(found.text, str)


@quick
@given(seed=st.integers(0, 1 << 30))
def test_no_damage_to_a_real_document_raises(shared_data, seed):
    files = sorted((shared_data / "documents").rglob("*.pdf"), key=lambda path: path.stat().st_size)[:12]
    found = read(mutated(files[seed % len(files)].read_bytes(), seed), TYPE, None).found
    assert found.problem in {None, "broken", "encrypted", "bomb"}


@quick
@given(st.binary(max_size=2000))
def test_no_content_raises(content):
    assert read(document(content), TYPE, None).found.problem in {None, "bomb"}


box = st.floats(-1e6, 1e6, allow_nan=False)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.builds(Glyph, st.text(max_size=3), box, box, box, box), max_size=30))
def test_no_place_of_letters_raises(anywhere):
    assert isinstance(line_text(anywhere), str)
