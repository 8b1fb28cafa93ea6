"""The one base of everything that has options: sources, steps, recipes."""

import hashlib
import json
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Params(BaseModel):
    """Frozen options that refuse unknown keys and can name themselves by a hash.

    A scraper or processor *is* a ``Params`` whose fields are its options, with a ``kind`` Literal.
    ``version`` is bumped whenever the output changes for the same options.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: ClassVar[int] = 1

    @property
    def fingerprint(self) -> str:
        """Return 16 hex digits over the class, its version and every option."""
        facts = {"class": type(self).__name__, "version": self.version, "options": self.model_dump(mode="json")}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
