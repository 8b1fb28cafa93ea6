"""A fastText language model, whole or quantised, and what its labels mean."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corpus.errors import ModelMissing
from models import lid_scripts, weights
from models.lid_codes import language_of

# What the option `model` may name; anything else is the path of a fastText file.
NAMES = ("lid.176.ftz", "lid.176.bin", "glotlid-v3")
# Both are trained on the same sentences with the same labels; what a second opinion weighs is fitted to them.
_LID_176 = NAMES[:2]

_END = "</s>"  # fastText reads no further than this word
_LEAST = 1e-6  # probability; what is less likely is not asked for


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A loaded model, asked by its binding: the wrapper's own predict costs as much again on a short text.

    ``languages`` are the codes its labels stand for, ``is_lid_176`` tells whether it is of that family.
    """

    binding: Any
    meaning: Mapping[str, tuple[str, str | None]]
    languages: frozenset[str]
    is_lid_176: bool

    def best(self, text: str, script: str | None) -> tuple[str, float]:
        """Return the likeliest language of ``text`` and its probability, 0 if it is not written in ``script``.

        Case and line ends of ``text`` do not matter.
        """
        ((probability, label),) = self.binding.predict(_line(text), 1, 0.0, "strict")
        return self.meaning[label][0], min(probability, 1.0) * self._fits(label, script)

    def ask(self, text: str, script: str | None) -> dict[str, float]:
        """Return the languages that are written in ``script`` and their probability, above 1e-6.

        A label that names its script is taken at its word. The result does not add up to 1 where languages of other
        scripts have a share.
        """
        likely: defaultdict[str, float] = defaultdict(float)
        for probability, label in self.binding.predict(_line(text), len(self.meaning), _LEAST, "strict"):
            if self._fits(label, script):
                likely[self.meaning[label][0]] += probability
        return likely

    def _fits(self, label: str, script: str | None) -> bool:
        language, written = self.meaning[label]
        return lid_scripts.same(written, script) if written else lid_scripts.writes(language, script)


def _line(text: str) -> str:
    # In lower case capital letters cost nothing (English in capitals: mean probability .97, not .25), and sentences in
    # other languages are told no worse. Half of a surrogate pair is no UTF-8.
    return text.lower().encode(errors="replace").decode().replace("\n", " ").replace(_END, " ") + "\n"


@cache
def model(name: str) -> Model:
    """Return the model ``name``, one of ``NAMES`` or the path of a fastText file, loaded once.

    Raises:
        ModelMissing: the weights cannot be had, or the file is no fastText model.
    """
    from fasttext.FastText import _FastText  # noqa: PLC0415 - heavy; `fasttext.load_model` may print to stderr

    file = _file(name)
    try:
        loaded = _FastText(model_path=str(file))
        meaning = {label: language_of(label) for label in loaded.get_labels()}
    except (ValueError, RuntimeError, MemoryError) as error:
        raise ModelMissing(f"{file} is not a fastText model with labels; name one of {', '.join(NAMES)}") from error
    languages = frozenset(language for language, _ in meaning.values())
    return Model(loaded.f, meaning, languages, name in _LID_176)


@cache
def pinned(file: Path, sha256: str) -> str:
    """Return the path of ``file``, once its SHA-256 was found to be ``sha256``; a process looks once.

    Raises:
        ModelMissing: the file cannot be read or is another.
    """
    file = file.expanduser()
    try:
        with file.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise ModelMissing(
            f"the language model {file} cannot be read ({error.strerror}); put it beside the recipe or name one of "
            f"{', '.join(NAMES)}"
        ) from error
    if found != sha256:
        raise ModelMissing(
            f"the language model {file} has the sha256 {found[:12]}..., the recipe pins {sha256[:12]}...; put the "
            f"model of that hash there, or pin the new one"
        )
    return str(file)


def _file(name: str) -> Path:
    if name in NAMES:
        return weights.path(name)
    file = Path(name).expanduser()
    if not file.is_file():
        raise ModelMissing(
            f"there is no language model {name}; give the path of a fastText file or one of {', '.join(NAMES)}"
        )
    return file
