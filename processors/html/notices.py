"""Lines in which a site speaks to its readers, not the author: to subscribe, follow, pay, comment; whose rights are."""

import re
from collections.abc import Iterator, Sequence

from processors.html.related_phrases import is_related_line, is_short_related_label

# The longest notices of the public pages; a longer line is prose, whatever it begins with.
_MOST_CHARS = 220

_NETWORK = (
    r"(?:twitter|facebook|instagram|linkedin|youtube|telegram|whatsapp|tiktok|pinterest|threads|mastodon|bluesky)\b"
)
_NAME = r"(?:us|me|him|her|them|our|@\w+|(?-i:[A-Z]\w+)(?: (?-i:[A-Z]\w+)){0,2})"
_LETTER = r"\b(?:newsletters?|inbox|mailing list|infolettre|bolet[ií]n|newslettera?)\b.*"
_SUBSCRIBING = (
    rf"(?:(?:sign|signing) up|subscribe|register|get|receive)\b.{{0,120}}{_LETTER}",
    r"(?:sign up|subscribe|register)\b.{0,120}\b(?:alerts|youtube|channel|podcast|full story)\b.*",
    r".{0,120}\b(?:delivered|straight|right|sent|directly) (?:in )?(?:in)?to your (?:inbox|e-?mail)\b.*",
    r"there was an error (?:processing|with) your .{0,60}",
    r"this feature is temporarily unavailable.{0,60}",
    r"(?:.{0,40}\b)?newsletter ?(?:abonnieren|bestellen|anmelden|abo).{0,80}",
    rf"(?:abonnier|bestell|meld|hol|trag)\w*\b.{{0,80}}{_LETTER}",
    r".{0,60}\bin (?:dein|ihr|euer)(?:e[nm])? ?(?:postfach|posteingang)\b.*",
    r"(?:inscrivez|abonnez)-vous\b.{0,120}",
    rf"(?:recevez|suscr[ií]b\w+|reg[ií]strate|recib[ae]|iscriviti|zapisz się)\b.{{0,100}}{_LETTER}",
    r"(?:assine|inscreva-se|receba|cadastre-se)\b.{0,120}\b(?:newsletter|e-?mail|canal)\b.*",
)
_PAYING = (
    r"to (?:view|read|continue reading|access) (?:the |this |our )?(?:full|rest|whole|story|article|entire)\b.*",
    r".{0,80}\balready a (?:subscriber|member)\b.*",
    r"(?:first-time|new) subscribers?\b.*",
    r"subscribe (?:now )?to our\b.*",
    r"subscribe(?: now| today)?!?",
    r"(?:jetzt )?(?:kostenlos|gratis) (?:registrieren|anmelden|abonnieren|testen).{0,60}",
    r"(?:for .{0,60})?(?:download|get|install) (?:the|our)\b.{0,50}\bapps?\b.*",
    r".{0,200}\baffiliate ?-?links?\b.{0,160}",
    r".{0,160}\b(?:earns?|receives?|gets?) (?:an?|some)? ?(?:small )?(?:affiliate )?commission\b.{0,80}",
    r".{0,160}\b(?:we|us|our|site)\b.{0,60}\bshare of the sale\b.{0,80}",
)
_FOLLOWING = (
    rf"(?:please )?(?:follow|like|find|join|visit) {_NAME} (?:up )?(?:on|at|via) (?:our )?{_NETWORK}.*",
    r"(?:have|got) a (?:news )?tip\?.*",
    rf"(?:folge|besuche|finde|like)[nt]? (?:sie )?(?:uns|mir|mich)\b.{{0,20}} (?:auf|bei|via) {_NETWORK}.{{0,80}}",
    rf"(?:s[ií]g(?:ue|a|u[ae]n?)(?:nos)?|segui(?:ci|teci)?)\b.{{0,60}}{_NETWORK}.*",
    rf"(?:suivez|retrouvez)-nous\b.{{0,60}}{_NETWORK}.*",
)
_RIGHTS = (
    r"all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|"
    r"todos os direitos reservados|tutti i diritti riservati|wszelkie prawa zastrzeżone"
)
_OWNING = (
    rf".{{0,200}}\b(?:{_RIGHTS})\b.*",
    r".{0,160}\b(?:prior|express|explicit|without|our|the) (?:\w+ )?written (?:permission|consent)\b.{0,160}",
    r".{0,120}\bcopyrighted (?:property|material)\b.*",
    r".{0,200}\b(?:may|must) not be (?:published|reproduced|republished)\b.*",
    r"(?:©|\(c\)).{0,100}\b(?:19|20)\d\d\b.{0,80}",
    r"copyright(?: notice)?[\s:,]*(?:©|\(c\)|by\b|(?:19|20)\d\d\b(?! \w+ed\b)).{0,100}",
    r"© ?[^.!?]{1,60}",
)
_ADVERTISEMENT = (
    r"advertise?ments?|sponsored(?: content)?|anzeige|werbung|publicidad|publicidade|publicité|reklama|pubblicità|"
    r"advertentie|реклама"
)
_MINUTES = r"reading time|lesezeit|lesedauer|tempo de leitura|tiempo de lectura|temps de lecture|tempo di lettura"
_LABELLING = (
    rf"(?:{_ADVERTISEMENT})(?:\s*(?:[:.]|[-\u2013].{{0,120}}))?",
    rf"(?:{_MINUTES})\b[^\d.!?]{{0,15}}(?:\d.{{0,15}})?",
    r"\d+ min(?:utes?)? read",
)
# What an author may say as well: such a line goes at the top and the end, and beside another notice.
_AMONG_NOTICES = (
    r"never miss\b.{0,60}\b(?:news|story|update|post|article)\b.*",
    r"thank(?:s| you) for (?:subscribing|signing up|registering).{0,60}",
    r"(?:please )?(?:keep an eye on|check) your (?:inbox|e-?mail).*",
    r"please (?:wait|try again).{0,40}",
    rf".{{0,150}}\bfollow {_NAME} on {_NETWORK}.{{0,80}}",
    r"copyright\b.{0,100}\b(?:19|20)\d\d\b.{0,80}",
    rf"(?:{_ADVERTISEMENT})\s*[:.].{{0,120}}",
    rf"(?:{_MINUTES})\b.{{0,30}}",
)
_COMMENTS = r"comments?|kommentare?|comentarios?|comentários?|commentaires?|commenti|reacties"
_ANSWERING = (
    r"(?:leave|post|add|write|submit) (?:a |your )?(?:comments?|reply)\b.{0,80}",
    r"tell us what you think.{0,40}",
    rf"(?:\d+ )?(?:{_COMMENTS})(?: ?\(?\d+\)?)?:?",
    r"(?:kommentar|antwort|antworten) (?:schreiben|hinterlassen|verfassen|abgeben)",
    r"(?:join|start) the (?:discussion|conversation|debate)(?: (?:below|now|here|with us|in the comments?))?[:.!…»>]*",
    rf"(?:deja|escribe|deixe|laisser|lascia) (?:un|tu|su|seu|sua|suas) (?:{_COMMENTS})\b.{{0,60}}",
    r"share(?: this)?(?: (?:article|post|story|page))?[:.!…»>]*",
    r"(?:artikel |beitrag )?(?:teilen|drucken|merken|weiterempfehlen|weiterlesen)[:.!…»>]*",
    r"(?:compartir|compartilhar|partager|condividi|udostępnij|delen|tweet|pin it)[:.!…»>]*",
)
_SURE = (*_SUBSCRIBING, *_PAYING, *_FOLLOWING, *_OWNING, *_LABELLING, *_ANSWERING)
_ONE_SENTENCE = r"[^.!?]*[.!?]*"  # anywhere in a text, a notice ends with its first sentence
_NOTICE = re.compile("|".join(_SURE).replace(".*", _ONE_SENTENCE), re.IGNORECASE)
_MAYBE_NOTICE = re.compile("|".join((*_SURE, *_AMONG_NOTICES)), re.IGNORECASE)
# A site speaks to "you" of "us"; a writer tells of others, or of himself.
_TOLD = re.compile(r"\b(?:(?-i:I)|he|him|she|they|his|her|my|said|says|wrote|told|nobody)\b", re.IGNORECASE)
_MARKS = re.compile(r"^\s*(?:#{1,6} |[-*+] |> |\d+\\?\. )*\*?|\*\*?|</?u>|\\|_")
_ITEM = re.compile(r"\s*(?:> ?)*(?:[-*+]|\d+\\?[.)]) ")
_NUMBERED = re.compile(r"\s*(?:> ?)*\d+\\?[.)] ")
_HEADING = re.compile(r"#{1,6} ")
_EMPTY_LINES = re.compile(r"\n{3,}")


def without_notices(markdown: str) -> tuple[str, int]:
    """Return ``markdown`` without the lines that are a notice or a label of links, and how many characters they had.

    What an author may have written as well goes only at the top or the end, or beside a line that is a notice surely.
    Tables and numbered steps stay, and so does a heading with text of the author below it: "Comments" may be a chapter.
    Spaces are not counted.
    """
    lines = markdown.split("\n")
    dropped = {number for run in _runs(lines) for number in _notices_of(run, lines)}
    if not dropped:
        return markdown, 0
    kept = "\n".join(line for number, line in enumerate(lines) if number not in dropped)
    chars = sum(len("".join(lines[number].split())) for number in dropped)
    return _EMPTY_LINES.sub("\n\n", kept).strip("\n"), chars


def _runs(lines: Sequence[str]) -> Iterator[list[int]]:
    """Yield the numbers of lines that may be notices and follow each other, empty ones between them left out."""
    run: list[int] = []
    for number, line in enumerate(lines):
        if _may_be_notice(line):
            run.append(number)
        elif line and run:
            yield run
            run = []
    if run:
        yield run


def _notices_of(run: Sequence[int], lines: Sequence[str]) -> list[int]:
    after = next(filter(None, lines[run[-1] + 1 :]), "")
    if after and not _HEADING.match(after):
        while run and _HEADING.match(lines[run[-1]]):
            run = run[:-1]
    before = [line for line in lines[: run[0]] if line] if run else []
    is_at_edge = not after or all(map(_HEADING.match, before))
    sure = [number for number in run if _is_notice(lines[number])]
    return list(run) if sure or is_at_edge else []


def _may_be_notice(line: str) -> bool:
    if not line or len(line) > 2 * _MOST_CHARS or line.lstrip().startswith("|") or _NUMBERED.match(line):
        return False
    words = _words(line)
    if not 0 < len(words) <= _MOST_CHARS or _TOLD.search(words):
        return False
    return _MAYBE_NOTICE.fullmatch(words) is not None or is_related_line(words)


def _is_notice(line: str) -> bool:
    words = _words(line)
    return _ITEM.match(line) is None and (_NOTICE.fullmatch(words) is not None or is_short_related_label(words))


def _words(line: str) -> str:
    return " ".join(_MARKS.sub("", line).split())
