"""A conversation in the Harmony format of gpt-oss: text, token ids, and the mask of what a trainer should learn.

Every message is built as tokens: control tokens by their id, everything else as plain text, so a control token
spelled out inside scraped text stays plain text. (In the rendered string the two look alike: train on the ids.)
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from models.tokenizer import Tokenizer

RENDERER_VERSION = 1
Effort = Literal["low", "medium", "high"]

# The system message that openai-harmony 0.0.8 and gpt-oss's chat template both write.
_SYSTEM = (
    "You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\nCurrent date: {date}\n\n"
    "Reasoning: {effort}\n\n# Valid channels: analysis, commentary, final. Channel must be included for every message."
)


class Turn(NamedTuple):
    """One message. ``system`` and ``developer`` both become developer instructions; ``channel`` is the assistant's."""

    role: str
    content: str
    channel: str = "final"


class Options(NamedTuple):
    """What the system message says; frozen by the recipe, so that a row does not change with the day."""

    date: str
    reasoning_effort: Effort


class Rendered(NamedTuple):
    """``text`` is the decoded ``input_ids`` (int32); ``assistant_mask`` (int8) is 1 on what the model must generate."""

    text: str
    input_ids: list[int]
    assistant_mask: list[int]


def template_sha256(options: Options) -> str:
    """Return the hash of all that determines a rendering besides the messages and the tokenizer."""
    facts = {"renderer": RENDERER_VERSION, "system": _SYSTEM, **options._asdict()}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def render(turns: Sequence[Turn], options: Options, tokenizer: Tokenizer) -> Rendered:
    """Return ``turns`` after the system message, token for token as openai-harmony renders them for training.

    The mask is 1 on everything that follows ``<|start|>assistant`` in an assistant's message: the channel header,
    the content and the token that ends it, for the model must generate all three. The last message ends in
    ``<|return|>`` when it is the assistant's in channel ``final``; every other message ends in ``<|end|>``.
    """
    ids: list[int] = []
    mask: list[int] = []
    system = Turn("system", _SYSTEM.format(date=options.date, effort=options.reasoning_effort))
    pieces = [*_message(system, "<|end|>", tokenizer)]
    for place, turn in enumerate(turns):
        last = place == len(turns) - 1 and (turn.role, turn.channel) == ("assistant", "final")
        pieces += _message(_as_instructions(turn), "<|return|>" if last else "<|end|>", tokenizer)
    for piece, learnt in pieces:
        ids += piece
        mask += [learnt] * len(piece)
    return Rendered(tokenizer.decode(ids), ids, mask)


def _as_instructions(turn: Turn) -> Turn:
    if turn.role in {"system", "developer"}:
        return Turn("developer", f"# Instructions\n\n{turn.content}")
    return turn


def _message(turn: Turn, ending: str, tokenizer: Tokenizer) -> Iterator[tuple[list[int], int]]:
    """Yield runs of tokens, each with its mask value."""
    control, encode = tokenizer.control, tokenizer.encode
    body = [control["<|message|>"], *encode(turn.content), control[ending]]
    yield [control["<|start|>"], *encode(turn.role)], 0
    if turn.role == "assistant":
        yield [control["<|channel|>"], *encode(turn.channel), *body], 1
    else:
        yield body, 0
