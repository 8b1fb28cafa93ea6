"""Every error a person is meant to read: one sentence that names the thing and the fix.

``CorpusError`` is caught once, by the command line; everything else is a defect and keeps its traceback.

- ``RecipeError``: a recipe, option or argument is wrong.
- ``SourceError``: a source could not be asked (no contact, no credential, refused, unreachable).
- ``ModelMissing``: weights, a vocabulary or an extra are not installed.
- ``StoreError``: storage refused (disk full, damaged file, another run holds the dataset).
- ``GateRefused``: the night would publish nonsense; nothing was published.
"""


class CorpusError(Exception):
    """One clear sentence for a person: what is wrong, with its name, and what to do."""


class RecipeError(CorpusError):
    """A recipe, option or argument is wrong; the message names its path and the nearest right one."""


class SourceError(CorpusError):
    """A source could not be asked; the message names the source and what it lacks."""


class ModelMissing(CorpusError):
    """Weights, a vocabulary or an extra are not installed; the message names the one command that helps."""


class StoreError(CorpusError):
    """Storage refused or holds something damaged; the message names the file."""


class GateRefused(CorpusError):
    """The night would publish nonsense; nothing was published and the last version stands."""
