"""Names of people do not enter a dataset: what stands for them, made in one place.

A plain hash of a name is found again by hashing every name there is; a keyed one is not. The key (salt) is a secret:
an environment variable that the recipe names, or a file made once in the dataset's own ``state``, which is as
private as the raw answers beside it. Only its hash is published.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from corpus.errors import RecipeError
from corpus.params import Params
from corpus.store import Store

SALT_FILE = "state/pseudonym.salt"
MIN_SALT_CHARS = 16
DIGITS = 16  # 64 bits: two of a million names are the same with a probability of 3e-8


class AuthorOptions(Params):
    """How authors appear in rows."""

    show: Literal["pseudonym", "name", "nothing"] = Field(
        default="pseudonym", description="a keyed hash of the name, the name as its source writes it, or nothing"
    )
    salt_env: str = Field(
        default="", description="environment variable with the secret of the pseudonyms; empty keeps one in state/"
    )


@dataclass(frozen=True, slots=True)
class Authors:
    """What stands for an author; the same name of one source is always shown the same way, two sources' differ."""

    show: Literal["pseudonym", "name", "nothing"] = "nothing"
    salt: bytes = field(default=b"", repr=False)

    def shown(self, source: str, name: str | None) -> str | None:
        """Return what stands for ``name`` of ``source``: 16 hex digits of HMAC-SHA-256, the name, or None."""
        if not name or self.show == "nothing":
            return None
        if self.show == "name":
            return name
        return hmac.new(self.salt, f"{source}\0{name}".encode(errors="replace"), hashlib.sha256).hexdigest()[:DIGITS]

    def fill(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with what is shown in ``author``, and without ``byline``.

        ``author`` holds the name that the source gave, ``byline`` (where a step wrote it) the one in the document.
        """
        names = table["author"].cast(pa.string())
        if "byline" in table.column_names:
            names, table = pc.coalesce(names, table["byline"]), table.drop_columns("byline")
        pairs = zip(table["source"].to_pylist(), names.to_pylist(), strict=True)
        shown = pa.array([self.shown(source, name) for source, name in pairs], pa.string())
        return table.set_column(table.schema.get_field_index("author"), "author", shown)

    @property
    def kind(self) -> str:
        """What tells whether the authors of two versions are shown alike: the way, and the hash of the salt."""
        return f"{self.show} {hashlib.sha256(self.salt).hexdigest()}" if self.show == "pseudonym" else self.show


def authors_of(options: AuthorOptions, store: Store) -> Authors:
    """Return how authors are shown, with the secret of the dataset in ``store``, made where it has none yet.

    Raises:
        RecipeError: the recipe names an environment variable that is not set or too short to be a secret.
    """
    if options.show != "pseudonym":
        return Authors(options.show)
    if not options.salt_env:
        store.create(SALT_FILE, secrets.token_hex(32).encode())
        return Authors(options.show, store.get(SALT_FILE))
    salt = os.environ.get(options.salt_env, "")
    if len(salt) < MIN_SALT_CHARS:
        raise RecipeError(
            f"authors.salt_env: the environment variable {options.salt_env} must hold the secret of the pseudonyms, "
            f"at least {MIN_SALT_CHARS} characters; set it, or leave salt_env out to keep one in {SALT_FILE}"
        )
    return Authors(options.show, salt.encode())
