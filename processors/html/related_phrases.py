"""What a page writes above links to its other pages, in the languages of the web that are written most."""

import re

_ENGLISH = (
    r"related(?: (?:articles?|stor(?:y|ies)|posts?|content|topics?|news|links?|reading|coverage|searches))?",
    r"(?:you (?:may|might)|you['\u2019]?ll)(?: also)? (?:like|enjoy|be interested in)",
    r"(?:more|other|further) (?:articles|stories|posts|news|reading)(?: .{1,30})?",
    r"(?:more|recommended) (?:for you|like this|to read)", r"read (?:more|also|next|this next)", r"also read",
    r"see more", r"continue reading", r"explore further", r"what to read next", r"up next", r"next up",
    r"don['\u2019]?t miss",
    r"editors?['\u2019]?s? (?:picks?|choice)", r"most (?:read|popular|viewed|shared)(?: .{1,30})?",
    r"trending(?: now)?", r"popular (?:posts|stories|articles)", r"(?:latest|recent) (?:news|stories|articles|posts)",
    r"recommended(?: (?:stories|articles|reading))?", r"in case you missed it",
)  # fmt: skip
_GERMAN = (
    r"auch (?:interessant|lesenswert)", r"(?:das|dies)(?: thema)? (?:könnte|dürfte) .{3,15} ?(?:auch )?interessieren",
    r"mehr (?:zum thema|dazu|artikel|lesen|nachrichten|aus|von)(?: .{1,30})?",
    r"(?:lesen sie|lies|lest) (?:auch|mehr|hier|dazu|weiter).{0,20}",
    r"weitere (?:aktuelle )?(?:artikel|beiträge|themen|meldungen|nachrichten|news|berichte|texte).{0,40}",
    r"ähnliche (?:artikel|beiträge|themen)", r"verwandte (?:artikel|themen|beiträge)",
    r"passend (?:dazu|zum thema)", r"zum thema", r"schon gelesen", r"meist ?gelesen.{0,20}",
    r"top-? ?(?:themen|artikel|news).{0,30}",
    r"(?:neueste|aktuelle|letzte|beliebte) (?:beiträge|artikel|meldungen|nachrichten|news)",
    r"lust auf mehr", r"lesetipps?", r"empfohlene (?:artikel|beiträge)",
)  # fmt: skip
_FRENCH = (
    r"(?:à )?lire (?:aussi|également)", r"voir aussi", r"sur le même (?:sujet|thème)", r"à découvrir", r"les plus lus",
    r"articles? (?:liés|similaires|connexes|recommandés)", r"dans la même rubrique",
)  # fmt: skip
_SPANISH_AND_PORTUGUESE = (
    r"(?:también )?(?:te|le) puede interesar", r"(?:lea|lee|leer|ver|vea|mira) (?:también|más|además)",
    r"(?:noticias|artículos|notas?|contenidos?|temas) relacionad[oa]s?",
    r"más (?:noticias|leíd[oa]s?)", r"lo más (?:leído|visto)",
    r"(?:leia|veja|ler|saiba|confira) (?:também|mais)", r"(?:notícias|matérias|artigos) relacionad[oa]s",
    r"mais (?:lidas|notícias|lidos)",
)  # fmt: skip
_OTHERS = (
    r"(?:leggi|vedi) anche", r"(?:ti )?potrebbe(?:ro)? interessar\w*.{0,15}", r"(?:articoli|notizie) correlat[ie]",
    r"(?:czytaj|zobacz|przeczytaj) (?:też|także|również|więcej)", r"polecamy", r"lees (?:ook|meer|verder)",
    r"gerelateerd.{0,20}",
    r"läs (?:mer|också|även).{0,20}", r"les (?:også|mer).{0,20}", r"læs (?:også|mere).{0,20}", r"lue (?:myös|lisää)",
    r"čtěte (?:také|dále)", r"mohlo by vás zajímat", r"související.{0,20}",
    r"читайте (?:также|ещё|еще)", r"смотрите также", r"по теме", r"похожие.{0,20}", r"другие (?:новости|статьи)",
)  # fmt: skip
_MOST_LABEL_WORDS = 3
_LABEL = "|".join((*_ENGLISH, *_GERMAN, *_FRENCH, *_SPANISH_AND_PORTUGUESE, *_OTHERS))
_ALONE = re.compile(rf"(?:{_LABEL})\s*[:.…?!»>]*", re.IGNORECASE)
_BEFORE_A_TITLE = re.compile(rf"(?:{_LABEL})\s*:\s*\S.*", re.IGNORECASE)


def is_related_label(line: str) -> bool:
    """Return whether the whole of ``line`` is such a phrase."""
    return _ALONE.fullmatch(line) is not None


def is_short_related_label(line: str) -> bool:
    """Return whether ``line`` is such a phrase and too short to be a sentence."""
    return line.count(" ") < _MOST_LABEL_WORDS and is_related_label(line)


def is_related_line(line: str) -> bool:
    """Return whether ``line`` is such a phrase, with or without a title behind a colon."""
    return is_related_label(line) or _BEFORE_A_TITLE.fullmatch(line) is not None
