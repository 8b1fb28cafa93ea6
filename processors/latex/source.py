"""From the files of a paper to one source: the main file found, inclusions put in, comments out, code set aside."""

import json
import re
from collections.abc import Iterator, Mapping

from corpus.charset import decode_text

MAX_DEPTH = 10  # of files in files
MAX_SOURCE_CHARS = 8 * 1024 * 1024

# Private-use characters hold the place of what no later step may touch; the source's own are taken out before.
OPEN, CLOSE = "\ue100", "\ue101"
MARKS = re.compile("[\ue100-\ue10f\0]")

BEGINS = re.compile(r"\\document(?:class|style)\b")
DOCUMENT = re.compile(r"\\begin\s*\{document\}")
IGNORED = re.compile(r"%\s*auto-ignore", re.IGNORECASE)  # how arXiv marks what it does not compile
USUAL_STEMS = ("main", "ms", "paper", "article", "manuscript", "root")

VERBATIM = "verbatim|Verbatim|BVerbatim|LVerbatim|lstlisting|minted|alltt|pyglist|pycode|sourcecode|code|Code|listing"
RAW = re.compile(
    r"(?P<escaped>\\[\\%{}]|\\(?:url|href|path|nolinkurl)\*?[ \t]*\{[^{}\n]{0,2000}\})"
    r"|(?P<comment>%[^\n]*(?:\n[ \t]*(?=\S))?)"
    rf"|\\begin\{{(?P<environment>comment|(?:{VERBATIM})\*?)\}}"
    r"|(?P<never>\\iffalse)(?![A-Za-z])"
    r"|\\(?:verb\*?|lstinline(?:\[[^\]\n]{0,200}\])?|mintinline(?:\[[^\]\n]{0,200}\])?\{[^}\n]{0,40}\})"
    r"(?:\{(?P<braced>[^{}\n]{0,500})\}|(?P<delimiter>[^\sA-Za-z*{])(?P<inline>[^\n]{0,500}?)(?P=delimiter))"
)
LANGUAGE = re.compile(r"(?:language\s*+=\s*+(?:\[[^\[\]]*+\])?\s*+\{?|\]?\{)([A-Za-z+#][\w+#-]*)")
INCLUDE = re.compile(
    r"\\(?:input|include|subfile|subfileinclude)(?:\s*\{([^{}]*)\}|[ \t]+([^\s\\{}%]+))"
    r"|\\(?:sub)?import\*?\s*\{([^{}]*)\}\s*\{([^{}]*)\}"
)
PACKAGES = re.compile(r"\\(?:usepackage|RequirePackage)\s*+(?:\[[^\[\]]*+\])?\s*+\{([^{}]*)\}")


class TooLong(Exception):
    """The files, each put in where it is named, grow beyond any paper."""


class Source:
    """The sources of one paper joined; ``kept`` holds what was set aside, at the number in its mark."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Take ``files`` by name in the archive."""
        self.files = files
        self.kept: list[str] = []
        self._texts: dict[str, str] = {}
        self._left_chars = MAX_SOURCE_CHARS

    def joined(self, name: str) -> str:
        """Return the file ``name`` with all that it names of the archive put in.

        Raises:
            TooLong: as the class says.
        """
        return self._with_inclusions(name, ())

    def keep(self, text: str) -> str:
        """Return the mark that stands for ``text`` from now on."""
        self.kept.append(text)
        return f"{OPEN}{len(self.kept) - 1}{CLOSE}"

    def _with_inclusions(self, name: str, above: tuple[str, ...]) -> str:
        if len(above) >= MAX_DEPTH or name in above:
            return ""
        text = self._text(name)
        self._left_chars -= len(text)
        if self._left_chars < 0:
            raise TooLong
        text = PACKAGES.sub(lambda found: found[0] + self._packages(found[1], (*above, name)), text)
        return INCLUDE.sub(lambda found: self._included(found, (*above, name)), text)

    def _included(self, found: re.Match[str], above: tuple[str, ...]) -> str:
        asked = (found[3] or "") + "/" + found[4] if found[4] is not None else found[1] or found[2] or ""
        name = self._find(asked.strip().strip('"'), above[-1], (".tex", "", ".ltx"))
        return self._with_inclusions(name, above) if name else ""

    def _packages(self, names: str, above: tuple[str, ...]) -> str:
        found = (self._find(name.strip(), above[-1], (".sty",)) for name in names.split(","))
        return "".join("\n" + self._with_inclusions(name, above) for name in found if name)

    def _find(self, asked: str, includer: str, endings: tuple[str, ...]) -> str | None:
        """Return the archive's name of a file: from the top, else beside the one that asks."""
        for folder in ("", includer.rpartition("/")[0]):
            path = _resolved(f"{folder}/{asked}")
            for ending in endings:
                if path and path + ending in self.files:
                    return path + ending
        return None

    def _text(self, name: str) -> str:
        if name not in self._texts:
            text = MARKS.sub("", decode_text(self.files[name], "")).replace("\r\n", "\n").replace("\r", "\n")
            self._texts[name] = "".join(self._pieces(text))
        return self._texts[name]

    def _pieces(self, text: str) -> Iterator[str]:
        """Yield ``text`` without comments, code replaced by marks; an opening that is never closed is passed over."""
        at, unclosed = 0, set[str]()
        while found := RAW.search(text, at):
            yield text[at : found.start()]
            at = found.end()
            ending = f"\\end{{{found['environment']}}}" if found["environment"] else r"\fi" if found["never"] else ""
            end = text.find(ending, at) if ending and ending not in unclosed else -1
            if ending and end < 0:
                unclosed.add(ending)
            elif ending:
                yield self._block(text[at:end], found["environment"] or "comment")
                at = end + len(ending)
            else:
                yield found[0] if found["escaped"] else self._inline(found)
        yield text[at:]

    def _block(self, code: str, environment: str) -> str:
        return "" if environment == "comment" else f"\n\n{self.keep(_fenced(code, environment))}\n\n"

    def _inline(self, found: re.Match[str]) -> str:
        code = found["inline"] if found["braced"] is None else found["braced"]
        return self.keep(_code(code)) if code else ""


def main_file(files: Mapping[str, bytes]) -> str | None:
    """Return the name of the file that is compiled, None where no file is TeX.

    The submission's own word counts first (``00README``), then a file with a document in it: one whose bibliography
    bears its name, one of a usual name, the longest.
    """
    if (told := _told(files)) is not None:
        return told
    sources = {name: _head(body) for name, body in files.items() if name.lower().endswith((".tex", ".ltx", ".latex"))}
    sources = sources or {name: _head(body) for name, body in files.items() if name.lower().endswith(".txt")}
    sources = {name: text for name, text in sources.items() if not IGNORED.match(text.lstrip())}
    whole = [name for name, text in sources.items() if BEGINS.search(text) and DOCUMENT.search(text)]
    some = whole or [name for name, text in sources.items() if DOCUMENT.search(text)]
    plain = some or [
        name for name, text in sources.items() if re.search(r"\\(?:bye|magnification|input|section)", text)
    ]
    return max(plain, key=lambda name: _likeliness(name, files), default=None)


def _likeliness(name: str, files: Mapping[str, bytes]) -> tuple[bool, bool, bool, int, str]:
    stem = name.rpartition(".")[0]
    usual = stem.rpartition("/")[2].lower() in USUAL_STEMS
    return f"{stem}.bbl" in files, "/" not in name, usual, len(files[name]), name


def _told(files: Mapping[str, bytes]) -> str | None:
    for name, body in files.items():
        if name.lower() == "00readme.json":
            try:
                sources = json.loads(body).get("sources", [])
                told = [one.get("filename") for one in sources if one.get("usage") == "toplevel"]
            except (ValueError, AttributeError, TypeError, RecursionError):
                told = []
        elif name.lower() in {"00readme.xxx", "00readme"}:
            told = re.findall(r"^(\S+)[ \t]+toplevelfile", decode_text(body, ""), re.MULTILINE)
        else:
            continue
        if found := next((one for one in told if isinstance(one, str) and one in files), None):
            return found
    return None


def _head(body: bytes) -> str:
    return re.sub(r"(?<!\\)%(?!\s*auto-ignore)[^\n]*", "", body.decode("latin-1"))


def _resolved(path: str) -> str | None:
    """Return ``path`` without ``.`` and ``..``, None where it leads out of the archive."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _fenced(content: str, environment: str) -> str:
    options, _, code = content.partition("\n")
    named = LANGUAGE.search(options) if environment.startswith(("lstlisting", "minted")) else None
    if options.strip() and not options.lstrip().startswith(("[", "{")):
        code = content
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    return f"{fence}{named[1].lower() if named else ''}\n{code.strip(chr(10)).rstrip()}\n{fence}"


def _code(code: str) -> str:
    fence = "`" * (1 + max(map(len, re.findall("`+", code)), default=0))
    gap = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{fence}{gap}{code}{gap}{fence}"
