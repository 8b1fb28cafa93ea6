"""Characters without a picture of their own, such as joiners: the extractor would drop them uncounted.

Persian and Hindi words and families of emoji are not the same without them; what is none of the text is taken out by a
later step, which counts it. The extractor sees letters in their place that the page has not, of a script that no page
is written in (Linear A, U+10600 and on).
"""

import re
from collections.abc import Mapping

from lxml import etree
from lxml.html import HtmlElement

# Unicode 15.0, general category Cf, without the soft hyphen: that only tells where a line may break.
_INVISIBLE = re.compile(
    "[\u0600-\u0605\u061c\u06dd\u070f\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]"
)
_STAND_INS = range(0x10600, 0x10736)
# Stands for nothing: two paragraphs are not the same where one has it.
REPEAT = chr(0x10736)
_VISIBLE = re.compile(f"[^\\s{_INVISIBLE.pattern[1:]}")


def cover_invisibles(tree: HtmlElement) -> Mapping[str, str]:
    """Put stand-ins for the invisible characters into ``tree``, in place; return what each stands for.

    Text that has nothing else stays as it is, and so does what there is no free stand-in for.
    """
    text = etree.tostring(tree, method="text", encoding="unicode", with_tail=False)
    is_plain = text.isascii() or "".join(text.split()).isprintable()
    found = [] if is_plain else sorted(set(_INVISIBLE.findall(text)))
    if not found:
        return {}
    free = (chr(code) for code in _STAND_INS if chr(code) not in text)
    stand_ins = str.maketrans(dict(zip(found, free, strict=False)))
    for element in tree.iter():
        if element.text and _INVISIBLE.search(element.text) and _VISIBLE.search(element.text):
            element.text = element.text.translate(stand_ins)
        if element.tail and _INVISIBLE.search(element.tail) and _VISIBLE.search(element.tail):
            element.tail = element.tail.translate(stand_ins)
    return {written: chr(code) for code, written in stand_ins.items()}


def uncovered(text: str, stand_ins: Mapping[str, str]) -> str:
    """Return ``text`` with what the stand-ins stand for, and without the marks of repeats."""
    return text.translate({ord(written): stands_for for written, stands_for in (*stand_ins.items(), (REPEAT, ""))})
