"""The tables that rooms hand to each other, as Arrow schemas.

``RAW`` is what a source stores, ``DOCUMENT`` what the steps read and rewrite, ``ROW`` what is published,
``LEDGER`` the fate of every document ever seen. Text is ``large_string``; every time is UTC in microseconds.
"""

from typing import Literal

import pyarrow as pa

# What a document is, whatever its form.
Kind = Literal["article", "code", "conversation", "paper", "reference"]

TIME = pa.timestamp("us", tz="UTC")

CONSENT_SIGNAL = pa.struct(
    [("source", pa.string()), ("value", pa.string()), ("path", pa.string()), ("fetched_at", TIME)]
)

# ``body`` itself stands in the archive where ``payload_sha256`` is not null; ``refusal`` says why there is none, and
# the archive then has the headers of the answer, if there was one. Status 304 has neither: nothing changed.
RAW = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),  # <source>/<id there>, stable across crawls
        pa.field("source", pa.string(), nullable=False),  # the name the recipe gives the source
        pa.field("kind", pa.string(), nullable=False),  # article | code | conversation | paper | reference
        pa.field("url", pa.string(), nullable=False),
        pa.field("title", pa.large_string()),
        pa.field("author", pa.string()),  # the name as the source gives it; rows show what the recipe says
        pa.field("created_at", TIME),
        pa.field("updated_at", TIME),
        pa.field("fetched_at", TIME, nullable=False),
        pa.field("status", pa.int32()),  # HTTP status, null when nothing was asked
        pa.field("media_type", pa.string()),  # with charset when the server said one
        pa.field("licence", pa.string()),  # SPDX identifier where one is known
        pa.field("licence_evidence", pa.string()),
        pa.field("attribution", pa.string()),
        pa.field("consent", pa.string(), nullable=False),  # allow | deny | unknown: may AI be trained on it?
        pa.field("consent_evidence", pa.list_(CONSENT_SIGNAL), nullable=False),
        pa.field("refusal", pa.string()),  # why there is no body: robots-disallowed | ai-opt-out | gone ...
        pa.field("refusal_detail", pa.string()),  # the rule, header, status or redirect target, as one sentence
        pa.field("etag", pa.string()),  # the validators of the answer, for the next visit (RFC 9110, 8.8)
        pa.field("last_modified", pa.string()),
        pa.field("simhash", pa.int64()),  # of a page's visible text, to tell a change from a new date or counter
        pa.field("payload_sha256", pa.string()),
        pa.field("archive", pa.string()),  # path of the WARC file in the dataset's store
        pa.field("archive_offset", pa.int64()),  # bytes
        pa.field("archive_length", pa.int64()),  # bytes, compressed
    ]
)

MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.large_string())]))

DOCUMENT = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.large_string(), nullable=False),
        pa.field("messages", MESSAGES),  # only when the document is a conversation
        *(RAW.field(name) for name in ("source", "kind", "url", "title", "author", "created_at", "updated_at")),
        RAW.field("fetched_at"),
        *(RAW.field(name) for name in ("licence", "licence_evidence", "attribution", "consent", "consent_evidence")),
        pa.field("first_seen", pa.string(), nullable=False),  # the night the id was first fetched
        pa.field("revision_seen", pa.string(), nullable=False),  # the night this revision was first fetched
    ]
)

# One row of a published dataset. Only facts fixed when the text revision was taken.
ROW = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("messages", MESSAGES, nullable=False),
        pa.field("text", pa.large_string(), nullable=False),  # the rendered conversation, control tokens included
        pa.field("input_ids", pa.large_list(pa.int32()), nullable=False),
        pa.field("assistant_mask", pa.large_list(pa.int8()), nullable=False),  # 1 where the assistant's tokens are
        pa.field("n_tokens", pa.int32(), nullable=False),
        pa.field("tokenizer", pa.string(), nullable=False),
        pa.field("tokenizer_sha256", pa.string(), nullable=False),
        pa.field("template_sha256", pa.string(), nullable=False),
        pa.field("title", pa.large_string()),
        *(RAW.field(name) for name in ("source", "kind", "url", "author", "created_at", "updated_at", "fetched_at")),
        *(RAW.field(name) for name in ("licence", "licence_evidence", "attribution", "consent", "consent_evidence")),
        pa.field("language", pa.string()),
        pa.field("language_score", pa.float32()),
        pa.field("bits_per_byte", pa.float32()),
        pa.field("perplexity", pa.float32()),
        pa.field("spam_score", pa.float32()),
        pa.field("toxicity_score", pa.float32()),
        pa.field("pii_count", pa.int32()),
        pa.field("secrets_count", pa.int32()),
        pa.field("first_seen", pa.string(), nullable=False),
        pa.field("revision_seen", pa.string(), nullable=False),
    ]
)

CONTAMINATION_HITS = pa.list_(
    pa.struct(
        [
            ("set", pa.string()),
            ("item", pa.string()),
            ("share", pa.float64()),
            ("start_chars", pa.int64()),
            ("end_chars", pa.int64()),
        ]
    )
)

LEDGER = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("url", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("night", pa.string(), nullable=False),  # the night that wrote this row; the newest row of an id wins
        pa.field("first_seen", pa.string(), nullable=False),
        pa.field("revision_seen", pa.string(), nullable=False),
        pa.field("last_seen", pa.string(), nullable=False),
        pa.field("title", pa.large_string()),
        pa.field("licence", pa.string()),
        pa.field("licence_evidence", pa.string()),
        pa.field("consent", pa.string(), nullable=False),
        pa.field("consent_evidence", pa.list_(CONSENT_SIGNAL), nullable=False),
        pa.field("fate", pa.string(), nullable=False),  # kept | dropped
        pa.field("reason", pa.string()),  # null when kept
        pa.field("evidence", pa.string()),  # what the reason rests on, as one readable sentence
        pa.field("duplicate_of", pa.string()),  # id of the kept document that covers this one
        pa.field("duplicate_rule", pa.string()),  # exact | near | contained
        pa.field("contamination_hits", CONTAMINATION_HITS),  # every item of an evaluation set that stands in it
        pa.field("scores", pa.map_(pa.string(), pa.float64()), nullable=False),
        pa.field("payload_sha256", pa.string()),
    ]
)


def document_id(source: str, key: str) -> str:
    """Return the id of a document: the source's name, a slash and its id there."""
    return f"{source}/{key}"
