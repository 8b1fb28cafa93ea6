"""How much text an element holds and how much of it is links; each element is measured once."""

from itertools import islice

from lxml.html import HtmlElement

_MAX_PARTS = 100  # of a short text, the spaces between elements among them


class Extents:
    """Lengths in characters, spaces squeezed, as they are when first asked for."""

    def __init__(self) -> None:
        """Start with nothing measured."""
        self._chars: dict[HtmlElement, int] = {}
        self._linked: dict[HtmlElement, int] = {}

    def chars(self, element: HtmlElement) -> int:
        """Return the length of the text in ``element``."""
        if element not in self._chars:
            self._chars[element] = _length(element)
        return self._chars[element]

    def linked_chars(self, element: HtmlElement) -> int:
        """Return the length of the text of the links in ``element``, a space between any two."""
        if element not in self._linked:
            lengths = [_length(link) for link in element.iter("a") if leads_elsewhere(link)]
            self._linked[element] = sum(lengths) + max(0, len(lengths) - 1)
        return self._linked[element]

    def linked_share(self, element: HtmlElement) -> float:
        """Return the share of the text in ``element`` that is links; of none, all."""
        chars = self.chars(element)
        return self.linked_chars(element) / chars if chars else 1.0


def leads_elsewhere(link: HtmlElement) -> bool:
    """Return whether ``link`` leads to another document, not to a place in its own."""
    address = link.get("href")
    return address is not None and not address.strip().startswith("#") and bool(address.strip())


def _length(element: HtmlElement) -> int:
    return len(" ".join(element.text_content().split()))


def short_text(element: HtmlElement, most_chars: int) -> str:
    """Return the text in ``element`` with single spaces, or an empty one where it is longer than ``most_chars``."""
    parts = list(islice(element.itertext(), _MAX_PARTS))
    text = " ".join("".join(parts).split()) if len(parts) < _MAX_PARTS else ""
    return text if len(text) <= most_chars else ""
