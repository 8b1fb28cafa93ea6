"""A PDF's bytes to what it says, inside the process that may be ended: see ``processors.reader``."""

import time
from collections.abc import Callable
from contextlib import closing, suppress

import pypdfium2
from pypdfium2 import raw

from processors.extracted import Extracted, Problem
from processors.pdf.facts import facts
from processors.pdf.layout import markdown
from processors.pdf.pages import Page, pages

# CPU seconds for one document, asked after each page: 2,000 dense pages take about 100, and how much of a long document
# is read is for ``pages`` to say, by pages and characters. This is for what would go on for ever on any machine.
BUDGET_S = 1_200.0
# What pdfium calls a password that is wrong, and a way to encrypt that it does not know.
_LOCKED = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)


def read_document(body: bytes, clock: Callable[[], float] = time.process_time) -> Extracted:
    """Return text, title, author and date of the PDF ``body``; an empty user password opens by itself."""
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        return Extracted(problem=_problem(error))
    with closing(document):
        with suppress(pypdfium2.PdfiumError):
            document.init_forms()  # fields that come without a picture of their value get one
        said = facts(document.get_metadata_dict(), body)
        read: list[Page] = []
        count = len(document)
        end = clock() + BUDGET_S
        for page in pages(document):
            read.append(page)
            if clock() > end:
                return Extracted("", *said, problem="bomb")
    if not any(page.width for page in read):  # not one page could be loaded
        return Extracted("", *said, problem="broken")
    text = markdown(read)
    problem: Problem | None = "truncated" if text and read[-1].number + 1 < count else None
    return Extracted(text, said.title or _first_heading(text), *said[1:], problem=problem)


def _problem(error: pypdfium2.PdfiumError) -> Problem:
    return "encrypted" if error.err_code in _LOCKED else "broken"


def _first_heading(text: str) -> str | None:
    """Return the heading that ``text`` starts with, the title of most papers."""
    first = text.partition("\n")[0]
    return first.lstrip("# ") if first.startswith("#") else None
