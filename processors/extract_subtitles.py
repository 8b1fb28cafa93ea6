"""Subtitles (SubRip, WebVTT) and transcripts with speakers to flowing text.

Decisions: times, settings, styles, sounds and songs' notes go; what rolling captions repeat is said once. A sound is
what stands in brackets and is all of a line or a cue (``[a door creaks]``), or holds a word for one (``[Music]``,
``(LAUGHS)``); ``array[0]`` and ``(NASA)`` are said. A sentence goes on over cues. A pause starts a paragraph where the
cue before it ended a sentence. Speakers (WebVTT's ``<v Name>``, or ``NAME:``) stand as ``Name: text`` where they
change. A dialogue stays a text, too: which of the speakers a model should answer as is not for a file of subtitles to
say.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html import unescape
from typing import NamedTuple

from corpus.charset import decode_text
from processors.extracted import Extracted

MAX_PARSED_BYTES = 16 * 1024 * 1024  # 24 hours of speech are 2 MB
PAUSE_S = 3.0  # from the end of a cue to the next: speech within a paragraph pauses less
ROLL_S = 0.2  # captions that roll up follow at once; what is said again later is said twice
MAX_PARAGRAPH_CHARS = 1_000  # where speech never pauses, a paragraph ends with the next sentence

TIMING = re.compile(
    r"[ \t]*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})[ \t]*-->[ \t]*"
    r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(?:[ \t].*)?"
)
VOICE = re.compile(r"(?<!\w)<v(?:\.[^\s<>]*+)?[ \t\n]++([^<>]*+)>")
# The tags of WebVTT (section 4), and those that players read in SubRip.
TAG = re.compile(
    r"</?(?:b|i|u|s|c|v|ruby|rt|lang|font|span|em|strong|br)(?:\.[^\s<>]{0,200}+)?[ \t]*+/?>"
    r"|(?<!\w)<(?:v|lang)(?:\.[^\s<>]{0,200}+)?[ \t][^<>\n]{0,200}+>"
    r"|<(?:font|span)[ \t][^<>\n=]{0,200}+=[^<>\n]{0,200}+>"
    r"|<[\d:.]{1,16}>|\{\\[^{}\n]{0,200}\}|\{[bius]:[^{}\n]{0,40}\}",
    re.IGNORECASE,
)
BRACKETED = re.compile(r"\[[^\[\]\n]{0,80}\]|【[^【】\n]{0,40}】")
IN_CAPITALS = re.compile(r"\([A-Z]++[ '-][A-Z '-]{1,60}\)")  # with one word, it may be (NASA)
SOUNDS = """
    applause applauding audience barking barks beeping beeps blank_audio breathes breathing buzzes buzzing chatter
    chattering cheering cheers chirping chuckles chuckling clapping claps clears coughing coughs crashes creaking creaks
    cries crosstalk crowd crying exhales explosion explosions footsteps foreign gasping gasps giggles giggling groaning
    groans growling growls grunting grunts gunfire gunshot gunshots honking honks howls humming hums inaudible
    indistinct inhales knocking knocks laughing laughs laughter meows moaning moans mumbles murmuring murmurs music
    musical mutters
    neighs noise panting ringing rings roaring roars scoffs screaming screams shouting shouts sighing sighs silence
    singing sings siren sirens slams sneezes sniffles sniffling sniffs snickers snores snoring sobbing sobs song static
    thuds thunder unintelligible vocalizing weeping whimpers whispering whispers whistles whistling yawns yelling yells
    applaus gelächter lachen lacht musik seufzt unverständlich applaudissements musique rires soupire aplauso aplausos
    música risas risos suspira applausi applauso musica risate gelach muziek musiikkia musikk muzyka oklaski śmiech
    müzik аплодисменты вздыхает музыка смех 拍手 笑 笑い 音楽 掌声 掌聲 笑声 笑聲 音乐 音樂 박수 웃음 음악
"""
SOUND_WORDS = frozenset(SOUNDS.split())
MAX_SOUND_WORDS = 5
ENCLOSED = re.compile(r"(?<!\w)(?:\[[^\[\]\n]{1,60}\]|\([^()\n]{1,60}\))|【[^【】\n]{1,40}】")
LONG_NUMBER = re.compile(r"&#(?:[0-9]{8,}+|[xX][0-9a-fA-F]{7,}+);?")
NOTE = re.compile(r"[♪♫♬♩]+|^#(?=\s)|(?<=\s)#$")
TURN = re.compile(r"[ \t]*(?:-|\u2013|>>+)[ \t]*(?=\S)")
SPEAKER = re.compile(
    r"(?:[^\W\d_][\w.'\u2019-]*)(?: [^\W\d_(][\w.'\u2019-]*){0,3}(?: \d{1,3})?[ ]?(?=[:\uff1a](?:\s|$))"
)
# A time in brackets, or at the start of a line of a transcript.
CLOCK = re.compile(r"[\[(](?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?[\])]|^(?:\d{1,3}:)?\d{1,2}:\d{2}(?=\s|$)")
SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u061f\u0964][\"'\u201d\u2019\u00bb)\]]*$")
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")


class Cue(NamedTuple):
    """The lines shown from ``start_s`` to ``end_s``, None in a transcript without times."""

    start_s: float | None
    end_s: float | None
    lines: list[str]


class Speech(NamedTuple):
    """One line said; ``speaker`` is None where nothing says that it changes, "" where it does to one unnamed."""

    speaker: str | None
    text: str
    is_after_pause: bool = False
    is_certain: bool = False  # that ``speaker`` is one, and no other word before a colon


def read_subtitles(body: bytes, media_type: str) -> Extracted:
    """Return the speech of SubRip, WebVTT or a transcript of lines that begin with a speaker or a time.

    The form is told from the body; ``media_type`` gives the charset. WebVTT's header may give the title. Cues in
    which nothing is said give an empty text; at most the first 16 MiB are read.
    """
    text = re.sub(r"\r\n?", "\n", decode_text(body[:MAX_PARSED_BYTES], media_type)).replace("\0", "")
    lines = re.sub(r"\n{3,}", "\n\n", text.removeprefix("\ufeff")).split("\n")
    cues = list(_cues(lines))
    if not cues and not lines[0].startswith("WEBVTT"):
        cues = [Cue(None, None, [_plain(CLOCK.sub(" ", line.strip()))]) for line in lines]
    speeches = list(_speeches(_once(cues)))
    return Extracted("\n\n".join(_paragraphs(speeches)), _title(lines))


def _title(lines: list[str]) -> str | None:
    found = re.match(r"WEBVTT[ \t]++(?:-[ \t]*+)?(\S.*)", lines[0]) if lines else None
    return found[1].strip() or None if found else None


def _cues(lines: list[str]) -> Iterator[Cue]:
    """Yield cues in order; blocks of WebVTT that are none, numbers and names of cues are passed over."""
    at = 0
    while at < len(lines):
        timing = TIMING.fullmatch(lines[at])
        at += 1
        if timing is None:
            continue
        begin = at
        while at < len(lines) and lines[at] and not TIMING.fullmatch(lines[at]):
            at += 1
        said = lines[begin:at]
        if at < len(lines) and lines[at] and said and said[-1].strip().isdigit():
            said.pop()  # the number of the next cue, where no blank line parts them
        yield Cue(_seconds(timing.groups()[:4]), _seconds(timing.groups()[4:]), said)


def _seconds(parts: Iterable[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _once(cues: list[Cue]) -> Iterator[Cue]:
    """Yield cues without the lines that the cue before still shows, as captions that roll up repeat them."""
    shown: list[str] = []
    shown_until_s = 0.0
    for cue in cues:
        if cue.start_s is None or cue.end_s is None:
            yield cue
            continue
        lines = [line for line in (_plain(line) for line in _joined_voices(cue.lines)) if line]
        lines = [] if _is_noise(" ".join(lines)) else lines
        adjoins = cue.start_s - shown_until_s < ROLL_S
        kept = _without_overlap(shown, lines) if adjoins else lines
        shown_until_s = cue.end_s
        if lines:
            shown = lines
        if kept:
            yield Cue(cue.start_s, cue.end_s, kept)


def _without_overlap(shown: list[str], lines: list[str]) -> list[str]:
    """Return ``lines`` without those at their start that end ``shown``; a line that grows gives what is new."""
    for count in range(min(len(shown), len(lines), 8), 0, -1):
        if shown[-count:] == lines[:count]:
            return lines[count:]
    if shown and lines and len(shown[-1].split()) > 1 and lines[0].startswith(shown[-1] + " "):
        return [lines[0][len(shown[-1]) :].strip(), *lines[1:]]
    return lines


def _joined_voices(lines: list[str]) -> list[str]:
    return VOICE.sub(lambda voice: f"\n\ue110{' '.join(voice[1].split())}\ue111", "\n".join(lines)).split("\n")


def _plain(line: str) -> str:
    """Return a line without tags, entities (WebVTT, 6.4) and sounds; a voice's marks stay."""
    said = NOTE.sub(" ", _unescaped(TAG.sub("", line)).replace("\u200b", "").strip())
    said = "" if _is_noise(said) else ENCLOSED.sub(lambda found: " " if _is_sound(found[0]) else found[0], said)
    return " ".join(said.split())


def _unescaped(line: str) -> str:
    """Return ``line`` with its entities as characters; a number that Python would not read is none of Unicode."""
    return unescape(LONG_NUMBER.sub("\ufffd", line))


def _is_noise(line: str) -> bool:
    """Tell whether all words of ``line`` stand in brackets, in round ones several in capitals or that of a sound."""
    rest = IN_CAPITALS.sub("", BRACKETED.sub("", line))
    rest = ENCLOSED.sub(lambda found: "" if _is_sound(found[0].upper()) else found[0], rest)
    return rest != line and re.search(r"\w", rest) is None


def _is_sound(enclosed: str) -> bool:
    """Tell whether what stands in brackets is of few words, one of them that of a sound; in round ones in capitals."""
    words = re.findall(r"\w+", enclosed.lower())
    is_named = not SOUND_WORDS.isdisjoint(words) or set(words) == {"__"}  # YouTube's mark of a word left out
    return is_named and len(words) <= MAX_SOUND_WORDS and (enclosed[0] != "(" or enclosed == enclosed.upper())


def _speeches(cues: Iterable[Cue]) -> Iterator[Speech]:
    last_s: float | None = None
    is_after_pause = False
    for cue in cues:
        if cue.start_s is None:
            is_after_pause |= cue.lines == [""]
        elif last_s is not None:
            is_after_pause |= cue.start_s - last_s >= PAUSE_S
        last_s = cue.end_s
        for line in cue.lines:
            speech = _speech(line)
            if speech.text or speech.speaker:
                is_certain = speech.is_certain or cue.start_s is None
                yield speech._replace(is_after_pause=is_after_pause, is_certain=is_certain)
                is_after_pause = False


def _speech(line: str) -> Speech:
    voice = re.match("\ue110([^\ue111]*)\ue111", line)
    if voice:
        return Speech(voice[1], re.sub("[\ue110\ue111]", "", line[voice.end() :]).strip(), is_certain=True)
    line = re.sub("[\ue110\ue111]", "", line)
    turn = TURN.match(line)
    line = line[turn.end() :] if turn else line
    named = SPEAKER.match(line)
    if named:
        name = named[0].strip()
        shown = name.title() if name.isupper() and len(name) > 3 else name
        return Speech(shown, line[named.end() + 1 :].strip(), is_certain=name.isupper())
    return Speech("" if turn else None, line.strip())


def _paragraphs(speeches: list[Speech]) -> Iterator[str]:
    speaker = ""
    for run in _runs(_with_known_speakers(speeches)):
        name = run[0].speaker
        text = _joined([speech.text for speech in run if speech.text])
        shown = f"{name}: " if name and name != speaker else ""
        speaker = speaker if name is None else name
        if text:
            yield shown + text


def _with_known_speakers(speeches: list[Speech]) -> Iterator[Speech]:
    """Yield speeches; what stands but once before a colon, as in "Listen: this", is a name only where it is certain."""
    names = Counter(speech.speaker for speech in speeches)
    for speech in speeches:
        if speech.speaker and not speech.is_certain and names[speech.speaker] < 2:
            yield Speech(None, f"{speech.speaker}: {speech.text}", speech.is_after_pause)
        else:
            yield speech


def _runs(speeches: Iterable[Speech]) -> Iterator[list[Speech]]:
    """Yield what stands in one paragraph."""
    run: list[Speech] = []
    speaker: str | None = None
    chars = 0
    for speech in speeches:
        ended = bool(run) and SENTENCE_END.search(run[-1].text) is not None
        is_turn = speech.speaker is not None and (speech.speaker != speaker or not speech.speaker)
        if run and (is_turn or (ended and (speech.is_after_pause or chars > MAX_PARAGRAPH_CHARS))):
            yield run
            run, chars = [], 0
        speaker = speaker if speech.speaker is None else speech.speaker
        run.append(speech)
        chars += len(speech.text)
    if run:
        yield run


def _joined(texts: list[str]) -> str:
    """Return lines as one: with a space between, none in scripts without; a word parted by a hyphen stays parted."""
    parts: list[str] = []
    for text in texts:
        if parts and not (UNSPACED.match(text) and UNSPACED.match(parts[-1][-1])):
            parts.append(" ")
        parts.append(text)
    return "".join(parts)
