"""Quality scores of conversations: columns a recipe can judge, null where a document is none."""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.params import Params
from processors.scores.gopher import Scores, ratio
from processors.scores.texts import first_of_each

KINDS = ("conversation",)
USER = "user"
ASSISTANT = "assistant"
INSTRUCTIONS = ("system", "developer")  # no turns: they stand before the conversation
REPEATED_CHARS = 40  # a shorter turn ("Yes.", "Thanks") may be said again; the number is of no paper

_INVISIBLE = r"[\p{Cf}\p{Cc}\p{Z}\s]"  # format and control characters, white space of every script


class ConversationQuality(Params):
    """Add figures of the turns in ``messages``; what the system or the developer says is no turn.

    Tools and all others but the user speak for the assistant's side. A turn of white space and format characters alone
    is empty; not so a tool's, which had nothing to give, nor an assistant's before it, which stands for the call.
    """

    kind: Literal["conversation-quality"] = "conversation-quality"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = ("messages", "kind")
    writes: ClassVar[tuple[str, ...]] = (
        "conversation_turns",
        "conversation_user_turns",
        "conversation_alternation",
        "conversation_final_assistant",
        "conversation_shortest_turn_chars",
        "conversation_longest_turn_chars",
        "conversation_assistant_ratio",
        "conversation_repeated_ratio",
        "conversation_empty_turns",
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns of ``writes``: shares float64, the others int64, null elsewhere."""
        messages = table["messages"].combine_chunks()
        judged = pc.is_in(table["kind"], pa.array(KINDS, table["kind"].type)).combine_chunks()
        judged = pc.and_(judged, pc.is_valid(messages))
        found = _scores(messages.filter(judged))
        others = table.drop_columns([name for name in self.writes if name in table.column_names])
        for name in self.writes:
            values = pa.array(found[name], pa.float64() if found[name].dtype.kind == "f" else pa.int64())
            nulls = pa.nulls(len(judged), values.type)
            others = others.append_column(name, pc.replace_with_mask(nulls, judged, values))
        return others


def _scores(conversations: pa.Array) -> Scores:
    flat, owners = pc.list_flatten(conversations), np.asarray(pc.list_parent_indices(conversations), np.int64)
    roles = pc.fill_null(pc.struct_field(flat, "role"), "")
    is_turn = ~np.asarray(pc.is_in(roles, pa.array(INSTRUCTIONS, roles.type)), bool)
    contents = pc.fill_null(pc.struct_field(flat, "content").cast(pa.large_string()), "").filter(pa.array(is_turn))
    roles, owners, count = roles.filter(pa.array(is_turn)), owners[is_turn], len(conversations)
    return {**_role_scores(roles, contents, owners, count), **_length_scores(roles, contents, owners, count)}


def _role_scores(roles: pa.Array, contents: pa.Array, owners: NDArray[np.int64], documents: int) -> Scores:
    turns = np.bincount(owners, minlength=documents)
    asked, said = _are(roles, USER), _are(roles, ASSISTANT)
    follows = owners[1:] == owners[:-1]
    is_last = np.append(~follows, True)[: len(owners)]
    # A plan and an answer, or the results of two tools, follow each other freely; only the user has to wait.
    twice = follows & asked[1:] & asked[:-1]
    calls = np.append(follows & said[:-1] & ~asked[1:] & ~said[1:], False)[: len(owners)]
    seen = pc.replace_substring_regex(contents, _INVISIBLE, "")
    empty = np.asarray(pc.equal(pc.binary_length(seen), 0), bool) & (asked | said) & ~calls
    return {
        "conversation_turns": turns,
        "conversation_user_turns": np.bincount(owners[asked], minlength=documents),
        "conversation_alternation": 1 - ratio(np.bincount(owners[1:][twice], minlength=documents), turns - 1),
        "conversation_final_assistant": np.bincount(owners[is_last & said], minlength=documents),
        "conversation_repeated_ratio": ratio(_repeated(contents, owners, documents), turns),
        "conversation_empty_turns": np.bincount(owners[empty], minlength=documents),
    }


def _repeated(contents: pa.Array, owners: NDArray[np.int64], documents: int) -> NDArray[np.int64]:
    """Return how many turns of at least ``REPEATED_CHARS`` say what one before said in the same conversation."""
    trimmed = pc.utf8_trim_whitespace(contents)
    long = np.asarray(pc.utf8_length(trimmed), np.int64) >= REPEATED_CHARS
    said = np.asarray(pc.dictionary_encode(trimmed).indices, np.int64)
    again = long & ~first_of_each(owners << 32 | said)
    return np.bincount(owners[again], minlength=documents)


def _length_scores(roles: pa.Array, contents: pa.Array, owners: NDArray[np.int64], documents: int) -> Scores:
    lengths = np.asarray(pc.utf8_length(contents), np.int64)
    shortest, longest = np.full(documents, np.iinfo(np.int64).max), np.zeros(documents, np.int64)
    np.minimum.at(shortest, owners, lengths)
    np.maximum.at(longest, owners, lengths)
    said = _are(roles, ASSISTANT)
    answered = np.bincount(owners[said], lengths[said], documents)
    return {
        "conversation_shortest_turn_chars": np.where(np.bincount(owners, minlength=documents) > 0, shortest, 0),
        "conversation_longest_turn_chars": longest,
        "conversation_assistant_ratio": ratio(answered, np.bincount(owners, lengths, documents)),
    }


def _are(roles: pa.Array, role: str) -> NDArray[np.bool_]:
    return np.asarray(pc.equal(roles, role), bool)
