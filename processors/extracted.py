"""What a reader makes of one document's bytes: the word between ``extract`` and the readers of each format."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypedDict

# Why there is no text: it needs a password, it is not what it says or is damaged, or it takes far more memory or time
# than a body of its size may, as one does that unpacks to far more than it is. Or why the text is not all there is: the
# body is longer than what is read of its format.
Problem = Literal["encrypted", "broken", "bomb", "truncated"]


class Message(TypedDict):
    """One turn of a conversation: ``role`` is system, user or assistant."""

    role: str
    content: str


class Extracted(NamedTuple):
    """Text and metadata of one document; ``author`` is the name as written, not yet a pseudonym.

    ``messages`` are the turns where the document is a conversation; ``problem`` says why there is no text, or not all
    of it; ``hidden_chars`` counts the characters left out because a page hides them from its readers, ``notice_chars``
    those of lines that its site writes on every page, both 0 where unknown.
    """

    text: str = ""
    title: str | None = None
    author: str | None = None
    created_at: datetime | None = None
    messages: Sequence[Message] | None = None
    problem: Problem | None = None
    hidden_chars: int = 0
    notice_chars: int = 0
