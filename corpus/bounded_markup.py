"""Markup whose tags have no more attributes than the parser of HTML reads in good time.

libxml2 compares each attribute of a tag with all before it, inside one call that nothing can interrupt: one tag of
200,000 takes ten minutes.
"""

import re

# Pages have some dozens at the most; at this bound the worst 8 MiB take ten seconds here, and one in the parser.
MAX_ATTRIBUTES = 128
# Each name, with its value, and each bracket is counted; only ">" outside of quotes ends a tag, as it does for the
# parser. What seems a tag in a quoted value or a script is tried too, but only so many before one is full: linear time.
_FULL_TAG = re.compile(
    rb"<([a-zA-Z_:][^ \t\n\r\f\v/>=<]{0,99}+)"
    rb"(?:[ \t\n\r\f\v/]*+(?:[<=]|[^ \t\n\r\f\v/>=<]++(?:[ \t\n\r\f\v]*+=[ \t\n\r\f\v]*+"
    rb"(?:\"[^\"]*+\"|'[^']*+'|[^ \t\n\r\f\v><]++)?+)?+)){%d,}+" % (MAX_ATTRIBUTES + 1)
)
# Where the seeming tag is a comparison in a script or stands in a comment, that still has to end.
_END_OF_RAW = re.compile(rb"</(?:script|style|textarea|title|noscript|template|iframe|xmp)\b|--!?\Z", re.IGNORECASE)


def bounded_markup(html: bytes) -> bytes:
    """Return ``html`` (in UTF-8) with every tag of more than 128 attributes left without any; in linear time."""
    return _FULL_TAG.sub(lambda tag: b" ".join([b"<" + tag[1], *_END_OF_RAW.findall(tag[0])]), html)
