"""What a value says of AI training: the vocabularies of Content-Usage, Content-Signal, noai and tdm-reservation."""

import re
from collections.abc import Iterable

from scrapers.crawl.identity import TOKEN
from scrapers.page import Verdict

# Labels of draft-ietf-aipref-vocab-08 (train-ai), draft-romm-aipref-contentsignals-00 (ai-train) and of older drafts.
TRAINING_KEYS = frozenset({"train-ai", "ai-train", "train-genai", "genai", "ai"})
WIDER_KEYS = frozenset({"bots", "tdm", "all"})  # categories of older drafts of which training is a part
WORDS: dict[str, Verdict] = {"y": "allow", "yes": "allow", "n": "deny", "no": "deny"}
# noai: DeviantArt, 2022; noml: Mojeek, 2023; the last two: draft-canel-robots-ai-control-00 and -01.
NO_TRAINING = frozenset({"noai", "noml", "disallowaitraining", "noaitraining"})
# Directives that take a value after a colon, which is then no crawler's name (Google's robots meta tag specification).
VALUED_DIRECTIVES = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
AGENT = re.compile(r"[a-z0-9_.-]+")
# RFC 9651: keys 3.1.2; integers and decimals, strings, tokens, byte sequences, booleans, dates, display strings 3.3.
KEY = r"[a-z*][a-z0-9_.*-]*+"
ITEM = (
    r"(?:-?[0-9]{1,15}+(?:\.[0-9]{1,3}+)?"
    r'|"(?:[ !\x23-\x5b\x5d-\x7e]|\\["\\])*+"'
    r"|[A-Za-z*][!\x23-'*+.^_`|~0-9A-Za-z:/-]*+"
    r"|:[A-Za-z0-9+/=]*+:|\?[01]|@-?[0-9]{1,15}+"
    r'|%"(?:[ !\x23\x24\x26-\x7e]|%[0-9a-f]{2})*+")'
)
PARAMETERS = rf"(?:;[ ]*+{KEY}(?:={ITEM})?+)*+"
INNER_LIST = rf"\([ ]*+(?:{ITEM}{PARAMETERS}(?:[ ]++|(?=\))))*+\)"
MEMBER = re.compile(rf"(?P<key>{KEY})(?:=(?P<value>{ITEM}|{INNER_LIST}))?+{PARAMETERS}")
COMMA = re.compile(r"[ \t]*+,[ \t]*+")


def dictionary_verdict(value: str) -> Verdict:
    """Return what a Content-Usage value says (RFC 9651 dictionary: of a key said twice the last counts).

    What is no dictionary says nothing by the draft. It still denies here where it reads like a no.
    """
    members = dictionary(value.strip(" \t"))
    if members is None:
        return "deny" if loose_verdict(value) == "deny" else "unknown"
    said = {key: WORDS.get(word.lower(), "unknown") for key, word in members.items()}
    return _by_key(said.items())


def dictionary(value: str) -> dict[str, str] | None:
    """Return the members of an RFC 9651 dictionary without parameters, values as written; ``None`` if it is none."""
    members: dict[str, str] = {}
    at = 0
    while at < len(value):
        member = MEMBER.match(value, at)
        if member is None:
            return None
        members[member["key"]] = member["value"] or "?1"
        comma = COMMA.match(value, member.end())
        at = comma.end() if comma else member.end()
        if (comma is None) != (at == len(value)):
            return None
    return members


def loose_verdict(value: str) -> Verdict:
    """Return what a Content-Signal value says: ``key=word`` between commas, in any case; a no wins over a yes."""
    words = [item.partition(";")[0].partition("=") for item in value.lower().split(",")]
    return _by_key((key.strip(), WORDS.get(word.strip(" \t\"'"), "unknown")) for key, _, word in words)


def reservation_verdict(value: str) -> Verdict:
    """Return what ``tdm-reservation`` says; other values than 0 and 1 are protocol errors and say nothing."""
    said = {word.partition(";")[0].strip() for word in value.split(",")}
    return "deny" if "1" in said else "allow" if "0" in said else "unknown"


def directives_verdict(value: str) -> Verdict:
    """Return what robots directives, of X-Robots-Tag or of a meta element, say to us."""
    said = _directives(value)
    return "deny" if NO_TRAINING & said else "allow" if "allowaitraining" in said else "unknown"


def _by_key(said: Iterable[tuple[str, Verdict]]) -> Verdict:
    """Return the verdict of the keys that mean training, else that of the wider categories it is a part of."""
    pairs = list(said)
    for keys in (TRAINING_KEYS, WIDER_KEYS):
        verdicts = {verdict for key, verdict in pairs if key in keys} - {"unknown"}
        if verdicts:
            return "deny" if "deny" in verdicts else "allow"
    return "unknown"


def _directives(value: str) -> set[str]:
    """Return the directives that apply to us: in each line those before any ``agent:`` and those after ours."""
    found: set[str] = set()
    for line in value.lower().splitlines():
        is_ours = True
        for item in line.split(","):
            name, colon, directive = (part.strip() for part in item.partition(":"))
            if colon and name not in VALUED_DIRECTIVES and AGENT.fullmatch(name):
                is_ours = name in (TOKEN, "*")
                name = directive
            if is_ours:
                found.update(name.split())
    return found
