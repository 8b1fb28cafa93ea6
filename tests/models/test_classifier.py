import builtins

import numpy as np
import pytest

from corpus.errors import ModelMissing
from models import classifier

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch"),
    pytest.mark.filterwarnings("ignore::FutureWarning:transformers"),
]

TEXTS = ["the mash rests for an hour", "you rotten onion", "", "two\nlines </s> and more"]


@pytest.fixture(scope="module")
def fasttext_path(tmp_path_factory):
    import fasttext

    folder = tmp_path_factory.mktemp("fasttext")
    lines = ["__label__toxic you rotten onion", "__label__fine the mash rests for an hour"] * 60
    (folder / "train.txt").write_text("\n".join(lines), encoding="utf-8")
    model = fasttext.train_supervised(
        str(folder / "train.txt"), dim=8, epoch=40, lr=1.0, minCount=1, bucket=1000, thread=1, seed=3, verbose=0
    )
    model.save_model(str(folder / "toxic.bin"))
    return str(folder / "toxic.bin")


def transformer(folder, *, problem_type, labels):
    """A BERT of one tiny layer with random weights, and a tokenizer of whole words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    vocabulary = {word: place for place, word in enumerate(["[PAD]", "[UNK]", *sorted(set(" ".join(TEXTS).split()))])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        id2label=dict(enumerate(labels)), label2id={label: place for place, label in enumerate(labels)}, problem_type=problem_type,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


def test_a_fasttext_file_gives_a_probability_for_each_label(fasttext_path):
    model = classifier.load(fasttext_path)
    found = model.probabilities(TEXTS)
    toxic, fine = model.labels.index("toxic"), model.labels.index("fine")
    assert found.shape == (4, 2)
    assert found.dtype == np.float32
    assert found[0, fine] > 0.8
    assert found[1, toxic] > 0.8
    assert found.min() >= 0
    assert found.max() <= 1


def test_no_texts_have_no_probabilities(fasttext_path):
    assert classifier.load(fasttext_path).probabilities([]).shape == (0, 2)


@pytest.mark.slow
def test_a_transformers_folder_gives_one_of_its_labels_or_several(tmp_path):
    one = classifier.load(transformer(tmp_path / "one", problem_type=None, labels=["fine", "toxic"]))
    several = classifier.load(
        transformer(
            tmp_path / "several", problem_type="multi_label_classification", labels=["insult", "obscene", "threat"]
        )
    )
    assert one.labels == ("fine", "toxic")
    assert one.probabilities(TEXTS).sum(axis=1) == pytest.approx([1] * 4, abs=1e-5)
    assert several.probabilities(TEXTS).shape == (4, 3)
    assert several.probabilities(TEXTS).sum(axis=1) != pytest.approx([1] * 4, abs=1e-2)
    assert one.probabilities([]).shape == (0, 2)


def test_a_text_is_judged_the_same_beside_others(fasttext_path):
    model = classifier.load(fasttext_path)
    assert np.array_equal(model.probabilities(TEXTS)[1], model.probabilities([TEXTS[1]])[0])


def test_a_missing_or_damaged_file_is_one_clear_sentence(tmp_path):
    damaged = tmp_path / "damaged.ftz"
    damaged.write_bytes(b"no model")
    for path in (tmp_path / "none.bin", damaged):
        with pytest.raises(ModelMissing, match=path.name) as caught:
            classifier.load(str(path))
        assert "\n" not in str(caught.value)


def test_without_torch_the_sentence_names_the_extra(monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest, **more):
        if name == "torch":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ModelMissing, match=r"gristmill\[score\]"):
        classifier.load("some/model")


def test_the_digest_follows_names_and_contents(tmp_path):
    before = classifier.digest(str(tmp_path))
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    after = classifier.digest(str(tmp_path))
    assert before != after
    assert after == classifier.digest(str(tmp_path))
    assert classifier.digest("hub/one") != classifier.digest("hub/two")
