"""Quality scores of conversations: columns a recipe can judge, null where a document is none."""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.params import Params
from processors.scores.gopher import Scores, ratio
from processors.scores.texts import first_of_each

KINDS = ("conversation",)
ASSISTANT = "assistant"
INSTRUCTIONS = ("system", "developer")  # no turns: they stand before the conversation


class ConversationQuality(Params):
    """Add figures of the turns in ``messages``; what the system or the developer says is no turn."""

    kind: Literal["conversation-quality"] = "conversation-quality"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("messages", "kind")
    writes: ClassVar[tuple[str, ...]] = (
        "conversation_turns",
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
    return _turn_scores(roles.filter(pa.array(is_turn)), contents, owners[is_turn], len(conversations))


def _turn_scores(roles: pa.Array, contents: pa.Array, owners: np.typing.NDArray[np.int64], documents: int) -> Scores:
    lengths = np.asarray(pc.utf8_length(contents), np.int64)
    turns = np.bincount(owners, minlength=documents)
    said, spoken = np.asarray(pc.equal(roles, ASSISTANT), bool), np.bincount(owners, lengths, documents)
    codes = np.asarray(pc.dictionary_encode(roles).indices, np.int64)
    changes = (owners[1:] == owners[:-1]) & (codes[1:] != codes[:-1])
    texts = np.asarray(pc.dictionary_encode(pc.utf8_trim_whitespace(contents)).indices, np.int64)
    is_first = first_of_each(owners << 32 | texts)
    is_last = np.append(owners[1:] != owners[:-1], True)[: len(owners)]
    shortest, longest = np.full(documents, np.iinfo(np.int64).max), np.zeros(documents, np.int64)
    np.minimum.at(shortest, owners, lengths)
    np.maximum.at(longest, owners, lengths)
    empty = np.asarray(pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(contents)), 0), bool)
    return {
        "conversation_turns": turns,
        "conversation_alternation": np.where(
            turns > 1, ratio(np.bincount(owners[1:][changes], minlength=documents), turns - 1), 1.0
        ),
        "conversation_final_assistant": np.bincount(owners[is_last & said], minlength=documents),
        "conversation_shortest_turn_chars": np.where(turns > 0, shortest, 0),
        "conversation_longest_turn_chars": longest,
        "conversation_assistant_ratio": ratio(np.bincount(owners[said], lengths[said], documents), spoken),
        "conversation_repeated_ratio": ratio(np.bincount(owners[~is_first], minlength=documents), turns),
        "conversation_empty_turns": np.bincount(owners[empty], minlength=documents),
    }
