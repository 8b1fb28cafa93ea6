"""The LaTeX source of a paper, as arXiv serves it, to Markdown with its formulas as TeX.

Nothing is compiled or executed: the main file is found, what it includes is put in, the author's own macros are
expanded within bounds, and what is left is written as Markdown. Decisions:

- Citations are left out, with brackets that held nothing else; so are bibliography, authors, figures and drawings.
- References to what the paper numbers become that number; a labelled formula shows it as its ``tag``.
- Footnotes stand in parentheses where they are called; captions are paragraphs (``Figure 2: ...``).
- Tables become pipe tables, each cell on one line; theorems and proofs start with their name and number.
"""

from collections.abc import Mapping

from processors.extracted import Extracted
from processors.latex.archive import UnpacksTooFar, unpacked
from processors.latex.macros import EndlessMacros, expanded
from processors.latex.numbers import Numbers
from processors.latex.source import MARKS, Source, TooLong, main_file
from processors.latex.symbols import with_accents
from processors.latex.tokens import Tokens
from processors.latex.writer import SPECIAL, Writer

NOT_SOURCE = (b"%PDF-", b"%!PS")  # of papers submitted without source
PREAMBLE = frozenset((r"\title", r"\icmltitle", r"\newtheorem", r"\newtheorem*", r"\numberwithin"))
CHAPTERED = ("book", "report", "memoir", "scrbook", "scrreprt", "thesis")


def read_latex(body: bytes, media_type: str) -> Extracted:
    """Return title and Markdown of a paper's source: a tar or a file, compressed or not, whatever ``media_type`` says.

    A paper that was submitted as PDF or PostScript, or withdrawn, has an empty text and no problem. One that unpacks
    or expands beyond any paper is a "bomb"; one without TeX in it is "broken". Authors are not read: how they are
    written differs with every class.
    """
    del media_type
    try:
        files = unpacked(body)
        if any(content.startswith(NOT_SOURCE) for content in list(files.values())[:1]):
            return Extracted()
        name = main_file(files)
        if name is None:
            return Extracted(problem=None if _is_withdrawn(files) else "broken")
        source = Source(files)
        return _written(source, with_accents(expanded(source.joined(name))))
    except (UnpacksTooFar, TooLong, EndlessMacros):
        return Extracted(problem="bomb")


def _written(source: Source, text: str) -> Extracted:
    tokens = Tokens(text)
    start = next((at for at in range(len(tokens.all)) if tokens.environment(at) == "document"), -1)
    end = tokens.partner.get(start, len(tokens.all))
    has_chapters = r"\chapter" in tokens.all
    writer = Writer(source, tokens, Numbers(), has_chapters=has_chapters)
    for at in range(start):
        if tokens.all[at] in PREAMBLE:
            SPECIAL[tokens.all[at][1:].rstrip("*")](writer, at + 1, start)
    written = writer.write(start + 1, end)
    abstract = f"\n\n## Abstract\n\n{writer.abstract}\n\n" if writer.abstract.strip() else ""
    title = writer.numbers.resolved(writer.title).strip()
    heading = writer.block(f"# {title}") if title else ""
    markdown = writer.numbers.resolved(writer.finished(heading + abstract + written)).strip()
    # A mark that damaged source tore apart is no text.
    return Extracted(text=MARKS.sub("", markdown), title=MARKS.sub("", title).replace("*", "") or None)


def _is_withdrawn(files: Mapping[str, bytes]) -> bool:
    return any(b"auto-ignore" in content[:200] for content in files.values())
