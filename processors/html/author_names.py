"""Names of authors out of bylines: without "By", days, places on the web and what else stands in such a line."""

import re
from collections.abc import Iterable, Iterator

from processors.html.meta_tags import clean, letters
from processors.html.written_dates import written_days

MAX_AUTHORS, MAX_NAME_CHARS = 20, 60

_LABEL = re.compile(
    r"""(?ix)
    (?:(?:ein(?:e)?\s)?(?:gast)?(?:beitrag|artikel|text|kommentar|kolumne|bericht|post|story|article|words|interview
        |reportage|analyse|beiträge)\s*(?:von|by|:)
    |(?:geschrieben|verfasst|veröffentlicht|erstellt|eingestellt|gepostet|aufgezeichnet|written|posted|published
        |reported|authored|created|submitted|escrito|publicado|écrit|publié|scritto|pubblicato|view\sall\sposts
        |more(?:\s(?:posts|articles))?|all\sposts|mehr|über|about)\s+(?:by|von|durch|por|par|da)
    |über\s(?:den\sautor|die\sautorin)|about\sthe\sauthor|von\sunser(?:er|em)\s(?:\w+|redaktionsmitglied)
    |(?:die\s)?autor(?:in|en|es|a|i)?|(?:the\s)?authors?|auteure?s?|verfasser(?:in)?|redakteur(?:in)?|redaktion
    |redacción|byline|von|by|par|por|di|af|av|door|przez|text|texte|texto|reporter|作者|記者|文|posted
    )\b\s*[:\uff1a|/-]?\s*""",
)
# Labels that are words of a sentence, with a name behind them, and what is a name's own beginning as well.
_BY = re.compile(r"(?:.*\s)?(?:by|von|par|por|di|af|av|door|przez|durch)\b", re.IGNORECASE)
_NAME_OR_LABEL = re.compile(r"(?:Von|Par|Di|Da|Af|Av)\s[^\W\d_]+$")
_FULL_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]+ [^\W\d_a-z][^\W\d_]+\s*")
_IN_THE = re.compile(r"\bin\s['\u2019]t\b")  # of Dutch names, as "in 't Veld"
_OFFICE = {"redaktion", "redacción"}  # a label before a name, an author alone
_WEB = re.compile(r"\S+@\S+|\[email.?protected\]|\(?(?:https?://|www\.)\S+|(?<!\w)@\w+", re.IGNORECASE)
# What follows a name: another line of the page, an agency, a remark in brackets.
_AFTER_NAME = re.compile(
    r"\s+[-\u2013—•·»|/]+\s.*|\s*[|•·\uff1a].*|:(?:\s.*|$)|\s*\((?![^()]*\)\s*\w).*|/[A-Z][A-Z-]{1,5}$"
)
# In a line that readers see also when and where it was written, what else there is to do, who did the rest.
_AFTER_SHOWN = re.compile(
    r"""(?x)
    \s+(?:(?:am|on|um|at|vom|le|el|il|den|vor|há|hace|ago)(?:\s+(?:\d|[A-Z]).*|$)
        |(?:in(?!\s['\u2019]t\s)|für|for|bei|aus|sagt|says|schreibt|writes|is|ist)\b.*)
    |\s+(?i:(?:illustration|foto|photo|bild|video|grafik|übersetz|translat|kategori|categor|publi|veröffentlicht
        |aktualisier|updat|comment|kommentar)\w*
        |filed|posted|post\sa|lesezeit|reading|stand|contactar|kontakt|folgen|follow|view|alle|all|more|mehr|weitere
        |facebook|twitter|email|e-mail|share|teilen|hora\sde|date|datum|uhr|before|před|\d+\s(?:min|comm|komm|art|post))\b.*
    """,
)
_WEEKDAY = re.compile(
    r",?\s+(?:(?:Mo|Di|Mi|Do|Fr|Sa|So|Mon|Tue|Wed|Thu|Fri|Sat|Sun)[.,]*|(?i:\w+(?:day|tag|woch))[.,]*)$"
)
_ROLE_ALONE = re.compile(
    r"(?:columnist|writer|editor|reporter|correspondent|journalist|contributor|photographer|engineer|author)$|\d:\d\d",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s*[;,、]\s*")
_INVERTED = re.compile(r"\s*([^\W\d_]{3,}),\s*([^\W\d_]{2,})\s*")
_JOINED = re.compile(r"\s+(?:und|and|et|e|y|i|en|och|&|\+|with|mit|avec|con)\s+", re.IGNORECASE)
_BEFORE_DAYS = {
    "", "am", "vom", "on", "le", "el", "il", "stand", "posted", "published", "posted on", "published on", "publié le",
    "erstellt am", "geschrieben am", "veröffentlicht am",
}  # fmt: skip
_NO_NAMES = {
    "admin", "administrator", "wpadmin", "root", "user", "username", "superuser", "system", "wordpress", "default",
    "editor", "staff", "webmaster", "anonymous", "anonym", "gast", "guest", "unknown", "unbekannt", "none", "null",
    "undefined", "na", "name", "author", "autor", "autorin", "authors", "byline", "reporter", "team", "profile",
    "profil", "about", "über", "contact", "kontakt", "info", "home", "text", "texte", "texto", "interview",
    "artikel", "beitrag", "post", "blog", "posted", "created", "written", "published", "updated", "last", "von",
    "by", "par", "por", "am", "um", "und", "and", "the", "der", "die", "das", "zur", "zum", "facebook", "twitter",
    "email", "mail", "share", "teilen", "drucken", "print", "follow", "weiter", "weitere", "mehr", "more", "read",
    "alle", "foto", "fotos", "photo", "video", "quelle", "source", "ccby", "ccbysa", "ccbync", "人氣", "作者",
}  # fmt: skip
_ROLE = re.compile(
    r"\b(?:writer|editor|reporter|correspondent|journalist|columnist|contributor|photographer|engineer|staff|author"
    r"|(?:\w+-?)?redakt\w+|korrespondent\w*|fotograf\w*|autor\w*)\b",
    re.IGNORECASE,
)
_PARTICLE = re.compile(
    r"(?:v[oa]n|vom|de|der|den|del|della|d[iaou]|dos|du|l[ae]|el|al|bin|ibn|ter|ten|zu[rm]?|y|e|af|av|v\.)"
)
_COMPANY = re.compile(r"\b(?:gmbh|ag|kg|e\.\s?v|inc|ltd|llc|s\.?r\.?l|s\.a|b\.v|corp)\b\.?", re.IGNORECASE)


def shown_names(text: str) -> list[str]:
    """Return the names of authors in a line that readers see, in order; at most ``MAX_AUTHORS``."""
    text = _WEB.sub(" ", clean(text))
    day = next(written_days(text), None)
    if day is not None:
        before = _WEEKDAY.sub("", text[: day.start].strip(" ,.|·-\u2013"))
        text = text[day.end :].lstrip(" ,.|·-\u2013") if before.casefold() in _BEFORE_DAYS else before
    return _names(_AFTER_SHOWN.sub("", _AFTER_NAME.sub("", part)) for part in _unlabelled_parts(text))


def stated_names(text: str) -> list[str]:
    """Return the names in what a page's head gives for its authors, in order; at most ``MAX_AUTHORS``."""
    text = _WEB.sub(" ", clean(text)).strip()
    if _NAME_OR_LABEL.match(text):  # a head has no need to say "by"
        return [text] if _may_be_name(text) else []
    return _names(_AFTER_NAME.sub("", part) for part in _unlabelled_parts(text))


def unique(names: Iterable[str]) -> list[str]:
    """Return ``names`` without those that only spell an earlier one in another way."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(letters(name), name)
    return list(found.values())[:MAX_AUTHORS]


def looks_like_person(name: str) -> bool:
    """Return whether ``name`` is two to five words that begin as names do; scripts without capitals pass if short."""
    words = _IN_THE.sub("van", name).split()
    if not any(c.isupper() or c.islower() for c in name):
        return 1 < len(name) <= 20
    ends = 2 <= len(words) <= 5 and words[0][0].isupper() and words[-1][0].isupper() and not _ROLE.search(name)
    return ends and all(word[0].isupper() or _PARTICLE.fullmatch(word) for word in words)


def is_company(name: str) -> bool:
    """Return whether ``name`` ends or begins as companies and societies are entered in registers."""
    return _COMPANY.search(name) is not None


def _names(parts: Iterable[str]) -> list[str]:
    stripped = [part.strip(" \t,;:|·•/-\u2013—\"'“”„()[]*") for part in parts]
    names = unique(name for name in stripped if _may_be_name(name))
    if names and looks_like_person(names[0]):  # then the rest of a list are degrees, places and roles
        names = [name for name in names if looks_like_person(name)]
    return names


def _unlabelled_parts(text: str) -> Iterator[str]:
    parts = _parts(_unlabelled(text))
    yield next(parts)
    yield from map(_unlabelled, parts)


def _parts(text: str) -> Iterator[str]:
    """Yield what commas divide, and what "and" joins where that is a full name: "Salt & Pepper" is one author.

    "Doe, Jane" is one as well, as catalogues write it.
    """
    if inverted := _INVERTED.fullmatch(text):
        text = f"{inverted[2]} {inverted[1]}"
    for listed in _LISTED.split(text):
        joined = _JOINED.split(listed)
        yield from joined if any(map(looks_like_person, joined)) else [listed]


def _unlabelled(text: str) -> str:
    """Return ``text`` without labels; behind a "by" what may be one is a name's own, as in "By Von Miller"."""
    is_by = False
    for _ in range(3):
        text = text.lstrip(" :|-\u2013—•·,")
        match = _LABEL.match(text)
        if not match or not letters(text[match.end() :]) or (is_by and _FULL_NAME.fullmatch(text)):
            break
        is_by = _BY.fullmatch(match[0].strip()) is not None
        text = text[match.end() :]
    return text.strip()


def _may_be_name(name: str) -> bool:
    plain = letters(name)
    return (
        len(plain) > 1
        and len(name) <= MAX_NAME_CHARS
        and len(name.split()) <= 6
        and not plain.isdigit()
        and plain not in _NO_NAMES
        and not _ROLE_ALONE.search(name)
        and not all(letters(word) in _NO_NAMES for word in name.split())
        and (plain in _OFFICE or _LABEL.fullmatch(name + " ") is None)
    )
