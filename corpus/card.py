"""The dataset card: what a trainer reads first, and what ``load_dataset`` reads to find the files of each version."""

import json
import re
from collections.abc import Iterable, Mapping
from textwrap import dedent

from corpus.manifest import FOLDER as MANIFESTS
from corpus.manifest import Manifest, Shard
from corpus.shards import FOLDER, SPLITS

# Hugging Face's own bounds and spelling for `size_categories`.
SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
    (10**11, "10B<n<100B"),
    (10**12, "100B<n<1T"),
)
# The SPDX identifiers, in lower case, that Hugging Face's `license` field knows; any other is written as "other".
HUB_LICENCES = """
    afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsd-2-clause bsd-3-clause bsd-3-clause-clear bsl-1.0 cc-by-2.0 cc-by-2.5
    cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
    cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc0-1.0 ecl-2.0 epl-1.0 epl-2.0 eupl-1.1
    eupl-1.2 gfdl gpl-2.0 gpl-3.0 isc lgpl-2.1 lgpl-3.0 lppl-1.3c mit mpl-2.0 ms-pl ncsa odbl ofl-1.1 osl-3.0
    postgresql unknown unlicense wtfpl zlib
"""


def render(manifest: Manifest, *, title: str, contact: str) -> str:
    """Return ``published/README.md`` for ``manifest``: a YAML header and a body; the same text for the same arguments.

    ``contact`` is the mail or web address that takes requests for removal.
    """
    sections = [
        f"# {_plain(title or manifest.dataset)}",
        _introduction(manifest),
        _loading(manifest),
        _funnel(manifest),
        _counts("Sources", "source", manifest.sources),
        _counts("Licences", "licence", manifest.licences),
        _counts("Languages", "language", manifest.languages),
        _tokens(manifest),
        _people(),
        _limits(),
        _removal(contact),
        _versions(manifest),
    ]
    return _header(manifest, title) + "\n\n".join(sections) + "\n"


def _header(manifest: Manifest, title: str) -> str:
    lines = [f"pretty_name: {json.dumps(title or manifest.dataset)}"]
    lines += _list("license", _licences(manifest))
    lines += _list("language", sorted(tag for tag in manifest.languages if re.fullmatch(r"[a-z]{2,3}", tag)))
    lines += _list("size_categories", [_size(sum(shard.rows for shard in manifest.shards))])
    lines += _list("task_categories", ["text-generation"])
    lines += _list("tags", ["gristmill", "chat", "sft", "pretokenized"])
    lines += ["configs:", *_config("default", manifest.shards)]
    for version in sorted(manifest.versions, reverse=True):
        lines += _config(version, manifest.versions[version])
    return "\n".join(["---", *lines, "---", "", ""])


def _list(key: str, values: Iterable[str]) -> list[str]:
    # Quoted, because YAML reads the language tag `no` as false.
    items = [f"- {json.dumps(value)}" for value in values]
    return [f"{key}:", *items] if items else []


def _config(name: str, shards: list[Shard]) -> list[str]:
    by_split = {split: sorted(shard.path for shard in shards if shard.split == split) for split in SPLITS}
    files: list[str] = []
    for split, paths in by_split.items():
        if paths:
            files += [f"  - split: {split}", "    path:", *(f"    - {json.dumps(path)}" for path in paths)]
    return [f"- config_name: {json.dumps(name)}", "  data_files:", *files] if files else []


def _licences(manifest: Manifest) -> list[str]:
    spelt = {name: re.sub(r"-(only|or-later)$", "", name.lower()) for name in manifest.licences}
    return sorted({name if name in HUB_LICENCES.split() else "other" for name in spelt.values()})


def _size(rows: int) -> str:
    return next((name for bound, name in SIZES if rows < bound), "n>1T")


def _introduction(manifest: Manifest) -> str:
    rows = ", ".join(f"{manifest.rows(split):,} rows for {split}" for split in SPLITS)
    return _text(f"""
        Version `{manifest.version}` of `{manifest.dataset}`: {rows}, {manifest.n_tokens:,} tokens.
        Every row is one document as a chat conversation, rendered and tokenized for one model: `messages`, the `text`
        they render to, its `input_ids`, the `assistant_mask` that marks the tokens to learn from, and the facts that
        were fixed when the document was fetched: its address, licence with evidence, consent with evidence, and scores.

        The manifest `{_manifest_path(manifest)}` names every file with its SHA-256, the recipe
        (`{manifest.recipe_fingerprint}`) and the code (`{manifest.code_version}`) that made them.
    """)


def _loading(manifest: Manifest) -> str:
    return _text(f"""
        ## How to load it

        Run inside this folder; elsewhere, `../published` is its path or the name of its repository. Versions share
        the folder `data/`: let the card or a manifest name the files; a pattern over `data/` would mix versions.

        ```python
        from datasets import load_dataset

        newest = load_dataset("../published")
        pinned = load_dataset("../published", "{manifest.version}")
        streamed = load_dataset("../published", "{manifest.version}", split="{_some_split(manifest)}", streaming=True)
        ```

        ```sql
        -- DuckDB
        SET VARIABLE files = (
            SELECT list(shard.path)
            FROM (SELECT unnest(shards) AS shard FROM '{_manifest_path(manifest)}')
            WHERE shard.split = '{_some_split(manifest)}'
        );
        SELECT id, licence, n_tokens FROM read_parquet(getvariable('files'));
        ```

        ```python
        import json
        import polars

        shards = json.load(open("{_manifest_path(manifest)}"))["shards"]
        rows = polars.scan_parquet([shard["path"] for shard in shards if shard["split"] == "{_some_split(manifest)}"])
        ```
    """)  # noqa: S608 - text for the reader, whose names are our own


def _funnel(manifest: Manifest) -> str:
    rows = [f"| {_cell(row.step)} | {_cell(row.reason)} | {row.documents:,} |" for row in manifest.funnel]
    return "\n".join(["## What stayed and what left", "", "| step | reason | documents |", "|---|---|---:|", *rows])


def _counts(heading: str, column: str, counts: Mapping[str, int]) -> str:
    rows = [f"| {_cell(name)} | {counts[name]:,} |" for name in sorted(counts, key=lambda name: (-counts[name], name))]
    return "\n".join([f"## {heading}", "", f"| {column} | rows |", "|---|---:|", *rows])


def _tokens(manifest: Manifest) -> str:
    return _text(f"""
        ## Tokens

        {manifest.n_tokens:,} tokens of the tokenizer `{manifest.tokenizer}` (vocabulary SHA-256
        `{manifest.tokenizer_sha256}`, chat template SHA-256 `{manifest.template_sha256}`). Training another model
        on these `input_ids` is wrong; render `messages` with its own template instead.
    """)


def _people() -> str:
    return _text("""
        ## Consent and personal data

        `consent` says what the source answers to the question whether AI may be trained on the document: `allow`,
        `deny`, or `unknown` where it says nothing; `consent_evidence` holds each signal as it was found, with its place
        and time. `licence_evidence` holds what the licence rests on. `unknown` is not a permission: filter on these
        columns for your use. Authors are pseudonyms.

        `pii_count` and `secrets_count` tell how many pieces of personal data and how many credentials were replaced
        in the text of a row. Null means that this step was no part of the recipe.

        `spam_score` and `toxicity_score` (0 to 1) tell how much a text reads like unwanted advertising, and how much
        profanity, sex, hate or violence is in it. Null means the same. Versions from before a column was added lack it.
    """)


def _limits() -> str:
    return _text("""
        ## Known limits

        - Licences and consent are read from what the source states, by machine; they are evidence and no legal advice.
        - Detectors of personal data and credentials miss some and replace some that are none.
        - Scores of language, perplexity, spam and toxicity are estimates; thresholds drop good documents too.
        - Documents are as true, fair and current as their sources were at `fetched_at`.
    """)


def _removal(contact: str) -> str:
    return _text(f"""
        ## Removal

        Who wants a document removed writes to {_plain(contact)} and names its address or its `id`.
    """)


def _versions(manifest: Manifest) -> str:
    rows = [f"| `{name}` | {_rows(manifest.versions[name])} |" for name in sorted(manifest.versions, reverse=True)]
    return "\n".join(["## Versions", "", "| version | train | validation |", "|---|---:|---:|", *rows])


def _rows(shards: list[Shard]) -> str:
    return " | ".join(f"{sum(shard.rows for shard in shards if shard.split == split):,}" for split in SPLITS)


def _manifest_path(manifest: Manifest) -> str:
    return f"{MANIFESTS.removeprefix(FOLDER + '/')}/{manifest.number:012d}.json"


def _some_split(manifest: Manifest) -> str:
    return next((split for split in SPLITS if manifest.rows(split)), SPLITS[0])


def _text(block: str) -> str:
    return dedent(block).strip()


def _plain(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")
