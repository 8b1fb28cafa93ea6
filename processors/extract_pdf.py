"""PDF to Markdown with pdfium, which knows one thread alone: ``processors.reader`` gives it a process of its own."""

import time
from collections.abc import Callable

from processors.extracted import Extracted

# A file of which this much holds no PDF header is none (pdfium asks for it in the first 1,024 bytes).
HEADER_BYTES = 1024


def read_pdf(body: bytes, media_type: str, clock: Callable[[], float] = time.process_time) -> Extracted:  # noqa: ARG001 - every reader is called alike
    """Return the text of a PDF as Markdown, with title, author (as written) and date where the file says so.

    ``problem`` is ``encrypted`` where it needs a password, ``broken`` where nothing can be read, ``bomb`` where it
    takes more time than a document may. At most 2,000 pages are read and 20 million characters, of a longer one the
    beginning. ``clock`` gives seconds and is asked after each page. pdfium has no end to what one page may take and is
    not for threads: who reads files of strangers calls ``processors.reader.read``.
    """
    if b"%PDF" not in body[:HEADER_BYTES]:
        return Extracted(problem="broken")
    from processors.pdf.document import read_document  # noqa: PLC0415 - pdfium is for PDFs alone

    return read_document(body, clock)
