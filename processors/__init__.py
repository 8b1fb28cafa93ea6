"""The steps between a page and a published row, one a file. A recipe may name any of these kinds."""

from typing import Annotated

from pydantic import Field

from processors.chat import Chat
from processors.clean import Clean
from processors.extract import Extract
from processors.language import Language
from processors.near import Near
from processors.perplexity import Perplexity
from processors.pii import Pii
from processors.quality import Quality
from processors.secrets import Secrets
from processors.select import Select

AnyProcessor = Annotated[
    Chat | Clean | Extract | Language | Near | Perplexity | Pii | Quality | Secrets | Select,
    Field(discriminator="kind"),
]

__all__ = [
    "AnyProcessor",
    "Chat",
    "Clean",
    "Extract",
    "Language",
    "Near",
    "Perplexity",
    "Pii",
    "Quality",
    "Secrets",
    "Select",
]
