"""What an index of near-duplicates is made for: its thresholds, and all that its files depend on."""

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass
from functools import cache

import pyarrow as pa

from corpus.near.samples import RATE
from corpus.near.shingles import SHINGLES_VERSION
from corpus.near.signatures import HASHES, Bands, bands_for

KEYS_VERSION = 1  # of how keys are made of signatures, samples and ids: another one for every change of a value

ENTRY = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("revision_seen", pa.string(), nullable=False),
        pa.field("source_priority", pa.int32(), nullable=False),
        pa.field("text_hash", pa.binary(16)),
    ]
)


@dataclass(frozen=True, slots=True)
class Design:
    """What decides who covers whom; an index answers for one design only.

    ``threshold`` is the smallest exact Jaccard similarity (0.5 to 1) of a near-duplicate, ``containment`` the
    smallest share (above 0, up to 1) of a document's shingles that stand in an earlier one; ``None``: not looked at.
    ``settings`` is a fingerprint of whatever else the caller's facts rest on: how texts are cut into shingles, what
    exact copies may differ in, the priorities of the sources.

    Raises:
        ValueError: a share lies outside its bounds.
    """

    threshold: float = 0.8
    containment: float | None = None
    settings: str = ""

    def __post_init__(self) -> None:
        if not 0.5 <= self.threshold <= 1:
            raise ValueError(f"threshold {self.threshold} is not within 0.5 and 1")
        if self.containment is not None and not 0 < self.containment <= 1:
            raise ValueError(f"containment {self.containment} is not within 0 and 1")

    @property
    def bands(self) -> Bands:
        """How the 128 hashes of a signature are cut into bands."""
        return _bands(self.threshold)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the key files: two documents that share a key in one of them are compared."""
        bands = tuple(f"band-{number:02d}" for number in range(self.bands.count))
        return ("text", *bands, *(("samples",) if self.containment is not None else ()))

    @property
    def facts(self) -> dict[str, object]:
        """All that an index of this design depends on, as its state file records it."""
        bands = {"bands": self.bands.count, "band_rows": self.bands.rows, "hashes": HASHES}
        versions = {"shingles_version": SHINGLES_VERSION, "keys_version": KEYS_VERSION, "sampling_rate": RATE}
        # Which characters make a word is Unicode's to say, and Python brings another version of it every year.
        return {**asdict(self), **bands, **versions, "unicode_version": unicodedata.unidata_version}

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits, other for another design."""
        return hashlib.sha256(json.dumps(self.facts, sort_keys=True).encode()).hexdigest()[:16]


@cache
def _bands(threshold: float) -> Bands:
    return bands_for(threshold)
