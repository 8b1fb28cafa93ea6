"""What licence a file of a repository is under: its own header, the licence of its folder, or the repository's. Pure.

A header is the tag ``SPDX-License-Identifier`` with an expression (SPDX specification 3.0.1, annexes B and D). Folders
follow REUSE 3.3: a ``LICENSE``, ``COPYING`` or ``NAME.license`` beside a file is nearer than the repository's.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

# Licences that let a text be copied and changed with no more than attribution.
PERMISSIVE = (
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC-BY-4.0", "CC0-1.0", "ISC", "MIT", "MIT-0",
    "Unlicense", "Zlib",
)  # fmt: skip
HEADER_BYTES = 8192
MAX_EXPRESSION_CHARS = 1000
MAX_DEPTH = 20  # of brackets in an expression
MAX_TEXT_CHARS = 100_000  # of a licence; the longest of SPDX's list are shorter
TAG = re.compile(
    rb"^[^\w\r\n]{0,12}(?:(?:dnl|rem)\s+)?SPDX-License-Identifier:[ \t]*([^\r\n]+)", re.MULTILINE | re.IGNORECASE
)
TAIL = re.compile(r"\s*(?:\*+/|--+>|\*\)|-\}|#\}|%>|\]\]|[\"'`]).*$")
TOKEN = re.compile(r"\s*(\(|\)|[A-Za-z0-9.:+-]+|\S)")
LICENCE_FILE = re.compile(
    r"(?:(?:mit|apache|bsd|l?gpl|mpl)[._-])?(?:(?:un)?licen[cs]e|copying)\d?(?:[._-][\w.-]+)?", re.IGNORECASE
)
PAGE = re.compile(r"[a-z._-]+\.(?:md|markdown|rst|txt|adoc)")  # ``docs/license.md`` may as well tell of the licence
CODE_SUFFIX = re.compile(r"\.(?:py|js|ts|go|rs|c|cc|cpp|h|hpp|java|rb|php|cs|sh|json|ya?ml|toml|html?|xml|svg|css)$")


@dataclass(frozen=True, slots=True)
class Licences:
    """Where a repository keeps its licences: blob shas by folder (nested ones) and by file (``NAME.license``).

    ``pages`` are those blobs that may only tell of a licence. ``is_mixed`` says that a ``LICENSES`` folder at the root
    names some that are not allowed, so that the repository's own says nothing of a file without a header.
    """

    folders: Mapping[str, tuple[str, ...]]
    files: Mapping[str, str]
    pages: frozenset[str]
    is_mixed: bool

    def near(self, path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield what may speak for ``path`` before the repository does, nearest first: a name and its blobs."""
        if path in self.files:
            yield f"{path}.license", (self.files[path],)
        folder = path
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if folder in self.folders:
                yield f"{folder}/", self.folders[folder]


def licences_in(blobs: Mapping[str, str], allowed: Collection[str]) -> Licences:
    """Return where the tree ``blobs`` (path -> sha) keeps licences; a nested copy of a root one does not count."""
    roots = {sha for path, sha in blobs.items() if "/" not in path and is_licence_file(path)}
    folders: dict[str, tuple[str, ...]] = {}
    pages = set()
    for path, sha in sorted(blobs.items()):
        place, _, name = path.rpartition("/")
        if place and is_licence_file(name) and sha not in roots and "LICENSES" not in place.split("/"):
            folders[place] = (*folders.get(place, ()), sha)
            pages |= {sha} if PAGE.fullmatch(name) else set()
    files = {path.removesuffix(".license"): sha for path, sha in blobs.items() if path.endswith(".license")}
    named = [path[len("LICENSES/") :].removesuffix(".txt") for path in blobs if path.startswith("LICENSES/")]
    return Licences(folders, files, frozenset(pages), any(not is_allowed(name, allowed) for name in named))


def is_licence_file(name: str) -> bool:
    """Return whether a file of this name holds a licence."""
    return bool(LICENCE_FILE.fullmatch(name)) and not CODE_SUFFIX.search(name.lower())


def header_licence(body: bytes) -> str | None:
    """Return the SPDX expression in the head of a file, several tags joined by AND; ``None`` without a tag."""
    tags = (tag.decode("utf-8", "replace")[:MAX_EXPRESSION_CHARS] for tag in TAG.findall(body[:HEADER_BYTES]))
    several = [found for found in dict.fromkeys(TAIL.sub("", tag).strip() for tag in tags) if found]
    if len(several) < 2:
        return several[0] if several else None
    return " AND ".join(f"({one})" for one in several)


def is_allowed(expression: str | None, allowed: Collection[str]) -> bool:
    """Return whether one may use a text under ``expression`` by the ``allowed`` licences alone.

    Of ``A OR B`` one must be allowed, of ``A AND B`` both. ``A WITH B`` is, where ``A`` or the pair is: an exception
    only adds permissions. ``A+`` is, where ``A`` is. What is no expression is not allowed.
    """
    tokens = TOKEN.findall(expression or "")
    if not tokens or len(expression or "") > 4 * MAX_EXPRESSION_CHARS:
        return False
    try:
        verdict, rest = _any_of(tokens, {name.lower() for name in allowed}, 0)
    except (IndexError, ValueError):
        return False
    return verdict and not rest


def _any_of(tokens: list[str], allowed: set[str], depth: int) -> tuple[bool, list[str]]:
    verdict, rest = _all_of(tokens, allowed, depth)
    while rest and rest[0].upper() == "OR":
        other, rest = _all_of(rest[1:], allowed, depth)
        verdict = verdict or other
    return verdict, rest


def _all_of(tokens: list[str], allowed: set[str], depth: int) -> tuple[bool, list[str]]:
    verdict, rest = _one(tokens, allowed, depth)
    while rest and rest[0].upper() == "AND":
        other, rest = _one(rest[1:], allowed, depth)
        verdict = verdict and other
    return verdict, rest


def _one(tokens: list[str], allowed: set[str], depth: int) -> tuple[bool, list[str]]:
    first, rest = tokens[0], tokens[1:]
    if first == "(" and depth < MAX_DEPTH:
        verdict, rest = _any_of(rest, allowed, depth + 1)
        if rest[0] != ")":
            raise ValueError(rest[0])
        return verdict, rest[1:]
    if not first[0].isalnum() or first.upper() in {"AND", "OR", "WITH"}:
        raise ValueError(first)
    names = {first.lower(), first.lower().removesuffix("+")}
    if rest and rest[0].upper() == "WITH":
        names.add(f"{first} with {rest[1]}".lower())
        rest = rest[2:]
    return not names.isdisjoint(allowed), rest


# What each text says and no other, spaces folded and in lower case; the first that fits counts. A text is known only
# when it says every phrase; a grant with a phrase of FURTHER in it is not the licence it looks like.
PHRASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AGPL-3.0", ("gnu affero general public license version 3, 19 november 2007",)),
    ("LGPL-3.0", ("gnu lesser general public license", "version 3, 29 june 2007")),
    ("LGPL-2.1", ("gnu lesser general public license version 2.1, february 1999",)),
    ("GPL-3.0", ("gnu general public license", "version 3, 29 june 2007")),
    ("GPL-2.0", ("gnu general public license", "version 2, june 1991")),
    ("MPL-2.0", ("mozilla public license version 2.0",)),
    ("EPL-2.0", ("eclipse public license - v 2.0",)),
    ("CC-BY-NC-SA-4.0", ("attribution-noncommercial-sharealike 4.0 international",)),
    ("CC-BY-NC-ND-4.0", ("attribution-noncommercial-noderivatives 4.0 international",)),
    ("CC-BY-NC-4.0", ("attribution-noncommercial 4.0 international",)),
    ("CC-BY-ND-4.0", ("attribution-noderivatives 4.0 international",)),
    ("CC-BY-SA-4.0", ("attribution-sharealike 4.0 international",)),
    ("CC-BY-4.0", ("attribution 4.0 international", "creative commons")),
    ("CC0-1.0", ("cc0 1.0 universal", "waive")),
    ("Apache-2.0", ("apache license", "version 2.0, january 2004", "terms and conditions for use")),
    ("BSL-1.0", ("boost software license - version 1.0", "machine-executable object code")),
    ("Unlicense", ("this is free and unencumbered software released into the public domain",)),
    ("Zlib", ("the origin of this software must not be misrepresented", "this notice may not be removed or altered")),
    ("MIT", ("permission is hereby granted, free of charge, to any person obtaining a copy",
             "without restriction, including without limitation the rights to use, copy, modify, merge",
             "the above copyright notice and this permission notice")),
    ("MIT-0", ("permission is hereby granted, free of charge, to any person obtaining a copy",
               "without restriction, including without limitation the rights to use, copy, modify, merge",
               "and to permit persons to whom the software is furnished to do so.")),
    ("BSD-3-Clause", ("redistribution and use in source and binary forms, with or without modification, are permitted",
                      "redistributions in binary form must reproduce", "endorse or promote products")),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms, with or without modification, are permitted",
                      "redistributions in binary form must reproduce")),
    ("ISC", ("permission to use, copy, modify, and/or distribute this software for any purpose",
             "hereby granted, provided that the above copyright notice")),
    ("ISC", ("permission to use, copy, modify, and distribute this software for any purpose",
             "hereby granted, provided that the above copyright notice")),
    ("0BSD", ("permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is",
              "hereby granted. the software is provided as is")),
)  # fmt: skip
# A longer text, its spaces folded, is several licences in one file.
LONGEST_CHARS = {"Apache-2.0": 13_000, "CC0-1.0": 8_000, "CC-BY-4.0": 20_000}
LONGEST_PERMISSIVE_CHARS = 4_000
FURTHER = (
    "commons clause", "non-commercial", "noncommercial", "all advertising materials", "must display the follow",
    "not for military", "servicemarks", "shall be used for good", "the software may not be used",
    "gnu general public license",
)  # fmt: skip


def text_licence(text: str) -> str | None:
    """Return the SPDX identifier of the licence whose text this is; ``None`` where it is not known for certain.

    A header or a file's whole expression (``LICENSES`` style) counts too.
    """
    folded = " ".join(re.sub(r"[\s*#>\"'_=]+", " ", text[:MAX_TEXT_CHARS].lower()).split())
    folded = folded.replace("licence", "license")
    for name, phrases in PHRASES:
        if all(phrase.replace('"', " ") in folded for phrase in phrases):
            return name if name not in PERMISSIVE or _is_alone(name, folded) else None
    return header_licence(text[:HEADER_BYTES].encode("utf-8", "replace"))


def _is_alone(name: str, folded: str) -> bool:
    is_short = len(folded) <= LONGEST_CHARS.get(name, LONGEST_PERMISSIVE_CHARS)
    return is_short and not any(phrase in folded for phrase in FURTHER)
