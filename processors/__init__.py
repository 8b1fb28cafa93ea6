"""The steps between a page and a published row, one a file. A recipe may name any of these kinds."""

from typing import Annotated

from pydantic import Field

from processors.boilerplate import Boilerplate
from processors.c4_lines import C4Lines
from processors.chat import Chat
from processors.chunks import Chunks
from processors.clean import Clean
from processors.code_quality import CodeQuality
from processors.conversation_quality import ConversationQuality
from processors.decontaminate import Decontaminate
from processors.extract import Extract
from processors.language import Language
from processors.near import Near
from processors.perplexity import Perplexity
from processors.pii import Pii
from processors.quality import Quality
from processors.remains import Remains
from processors.rewrite import Rewrite
from processors.safety import Safety
from processors.secrets import Secrets
from processors.select import Select
from processors.skim import Skim
from processors.spam import Spam
from processors.text_ratios import Ratios

AnyProcessor = Annotated[
    Boilerplate
    | C4Lines
    | Chat
    | Chunks
    | Clean
    | CodeQuality
    | ConversationQuality
    | Decontaminate
    | Extract
    | Language
    | Near
    | Perplexity
    | Pii
    | Quality
    | Ratios
    | Remains
    | Rewrite
    | Safety
    | Secrets
    | Select
    | Skim
    | Spam,
    Field(discriminator="kind"),
]

__all__ = [
    "AnyProcessor",
    "Boilerplate",
    "C4Lines",
    "Chat",
    "Chunks",
    "Clean",
    "CodeQuality",
    "ConversationQuality",
    "Decontaminate",
    "Extract",
    "Language",
    "Near",
    "Perplexity",
    "Pii",
    "Quality",
    "Ratios",
    "Remains",
    "Rewrite",
    "Safety",
    "Secrets",
    "Select",
    "Skim",
    "Spam",
]
