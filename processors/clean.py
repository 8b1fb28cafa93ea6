"""Characters nobody reads: one normal form, no invisible or control characters, no ragged white space."""

import re
import unicodedata
from typing import ClassVar, Literal

import pyarrow as pa

from corpus.params import Params

# Line ends of other systems, and the two Unicode separators that mean the same.
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\u0085]")
# Never meaningful in running text: C0 and C1 controls (but tab and newline), soft hyphen, zero-width space and word
# joiner, byte-order mark, bidirectional marks and overrides (hide text from readers, UAX #9), interlinear annotation,
# and the tag block (spells invisible text).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
# Joiners are orthography between two letters of Persian or Indic scripts and inside emoji; elsewhere they hide things.
_INSIDE = r"[^\x00-\x7f\s\u200c\u200d]"
_JOINERS = re.compile(f"(?<!{_INSIDE})[\u200c\u200d]|[\u200c\u200d](?!{_INSIDE})")
_TRAILING_SPACES = re.compile(r"(?<![^\S\n])[^\S\n]+$", re.MULTILINE)  # the look-behind keeps long runs linear
_BLANK_LINES = re.compile(r"\n{4,}")


class Clean(Params):
    """Rewrite ``text`` and ``messages`` in NFC without invisible characters; ``clean_changes`` (int32) counts changes.

    Runs of more than two blank lines become two; spaces at line ends and blank lines at both ends of the text go.
    The changes are those of the text: the messages of a conversation repeat it.
    """

    kind: Literal["clean"] = "clean"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = ("text", "messages")
    writes: ClassVar[tuple[str, ...]] = ("text", "messages", "clean_changes")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``text`` (large_string) and ``messages`` cleaned; a null text is an empty one."""
        table = _with_clean_messages(table)
        cleaned = [clean(text or "") for text in table["text"].to_pylist()]
        texts = pa.array([text for text, _ in cleaned], pa.large_string())
        changes = pa.array([count for _, count in cleaned], pa.int32())
        others = table.drop_columns(["clean_changes"] if "clean_changes" in table.column_names else [])
        others = others.set_column(others.column_names.index("text"), "text", texts)
        return others.append_column("clean_changes", changes)


def _with_clean_messages(table: pa.Table) -> pa.Table:
    place = table.schema.get_field_index("messages")
    field = table.schema.field(place)
    if table.column(place).null_count == table.num_rows:
        return table
    cleaned = [turns and _clean_turns(turns) for turns in table.column(place).to_pylist()]
    return table.set_column(place, field, pa.array(cleaned, field.type))


def _clean_turns(turns: list[dict[str, str]]) -> list[dict[str, str]] | None:
    """Return ``turns`` cleaned, or None where one says nothing that can be read: that would teach nothing."""
    cleaned = [turn | {"content": clean(turn["content"] or "")[0]} for turn in turns]
    return cleaned if all(turn["content"].strip() for turn in cleaned) else None


def clean(text: str) -> tuple[str, int]:
    """Return ``text`` cleaned, and how many places were changed; cleaning twice changes nothing more.

    Composing to NFC counts as one place, each removed character or collapsed run as one.
    """
    composed = unicodedata.normalize("NFC", text)
    count = int(composed != text)
    for pattern, replacement in (
        (_LINE_ENDS, "\n"),
        (_INVISIBLE, ""),
        (_JOINERS, ""),
        (_TRAILING_SPACES, ""),
        (_BLANK_LINES, "\n\n\n"),
    ):
        composed, places = pattern.subn(replacement, composed)
        count += places
    trimmed = composed.strip("\n")
    # Taking a character away can bring a letter and its accent together.
    return unicodedata.normalize("NFC", trimmed), count + int(trimmed != composed)
