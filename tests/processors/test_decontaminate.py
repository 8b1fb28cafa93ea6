# ruff: noqa: RUF001 - the letters of other languages are what is tested
import gzip
import hashlib
import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ModelMissing, RecipeError
from models.evaluation_sets import EvaluationSet
from processors.contamination_windows import windows_of
from processors.contamination_words import words
from processors.decontaminate import Decontaminate

BARGE = (
    "A barge leaves Velmora at dawn with 37 barrels of cider. At each of 4 locks it sells 6 barrels. How many are left?"
)
SIBLING = (
    "A barge leaves Osterby at dawn with 52 barrels of cider. At each of 3 locks it sells 9 barrels. How many are left?"
)
OTHER = (
    "A barge leaves Quellin at dawn with 88 barrels of cider. At each of 7 locks it sells 5 barrels. How many are left?"
)
MILL = (
    "Why did the miller of Larkspur Ridge refuse to grind rye after the flood had carried off his elder brother's cart?"
)
HOST = "The river rises in the hills above the town. In dry summers the boats lie still for weeks.\n\nNobody minds it much."


def step_for(folder, items, name="set.jsonl", **options):
    content = "".join(json.dumps({"question": item}) + "\n" for item in items).encode()
    (folder / name).write_bytes(content)
    wanted = EvaluationSet(file=name, columns=("question",), sha256=hashlib.sha256(content).hexdigest())
    return Decontaminate(sets=(wanted,), **options).beside(folder)


def judged(step, *texts):
    return step(pa.table({"text": pa.array(texts, pa.large_string())})).to_pylist()


@pytest.fixture
def step(tmp_path):
    return step_for(tmp_path, [BARGE, SIBLING, MILL])


def test_an_item_in_a_document_is_named_with_its_place(step):
    text = f"{HOST}\n\n{MILL}\n\n{HOST}"
    (row,) = judged(step, text)
    assert row["contamination"] == 1.0
    assert (row["contamination_set"], row["contamination_item"]) == ("set.jsonl", "2")
    (hit,) = row["contamination_hits"]
    assert text[hit["start_chars"] : hit["end_chars"]] == MILL.removesuffix("?")
    assert row["contamination_text"] == MILL.removesuffix("?")


def test_a_clean_document_has_no_hit(step):
    (row,) = judged(step, HOST)
    assert row == {
        "text": HOST,
        "contamination": 0.0,
        "contamination_set": None,
        "contamination_item": None,
        "contamination_text": None,
        "contamination_hits": [],
    }


@pytest.mark.parametrize(
    "written",
    [
        "\n".join(f"> {line}" for line in (MILL[:31], MILL[31:60], MILL[60:])),
        "1. Why did the miller of Larkspur Ridge\n2. refuse to grind rye after\n3. the flood had carried off\n4. his elder brother's cart?",
        MILL.upper().replace("'", "\u2019"),
        MILL.replace(" ", " \u00a0\n").replace("flood", "_flood_").replace("rye", "<b>rye</b>"),
        MILL.replace("flood", "\ufb02ood"),  # a ligature, as PDFs have it
        MILL.replace(" rye", "\n\nAdvertisement: our weekly letter has all the news of the valley!\n\nrye"),
        MILL.replace("brother", "bro-\nther"),
        MILL.replace("Why did", "Why\n\n[Image: the mill in winter]\n\ndid"),
    ],
)
def test_an_item_is_found_however_it_is_wrapped(step, written):
    (row,) = judged(step, f"{HOST}\n\n{written}\n\n{HOST}")
    assert [hit["item"] for hit in row["contamination_hits"]] == ["2"]
    assert row["contamination"] == 1.0


def test_of_a_template_only_the_item_that_is_there_is_found(step):
    (row,) = judged(step, f"{HOST} {SIBLING} {HOST}")
    assert [hit["item"] for hit in row["contamination_hits"]] == ["1"]


@pytest.mark.parametrize("items", [[BARGE, SIBLING, MILL], [BARGE]])
def test_another_item_of_the_template_is_none_of_the_set(tmp_path, items):
    (row,) = judged(step_for(tmp_path, items), f"{HOST} {OTHER} {HOST}")
    assert row["contamination_hits"] == []


def test_every_item_in_a_document_is_recorded_also_its_copies_in_other_sets(tmp_path):
    one, other = step_for(tmp_path, [BARGE, MILL], "one.jsonl"), step_for(tmp_path, [MILL], "other.jsonl")
    both = Decontaminate(sets=(*one.sets, *other.sets)).beside(tmp_path)
    (row,) = judged(both, f"{MILL}\n{HOST}\n{BARGE}")
    found = [(hit["set"], hit["item"]) for hit in row["contamination_hits"]]
    assert found == [("one.jsonl", "0"), ("one.jsonl", "1"), ("other.jsonl", "0")]


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (
            'Ada of Velmora asks who wrote: "The curfew tolls the knell of parting day, the lowing herd winds slowly o\'er the lea"',
            "Gray begins: the curfew tolls the knell of parting day, the lowing herd winds slowly o'er the lea.",
        ),
        (
            "Complete the line: Four score and seven years ago our fathers brought forth on this continent a new nation",
            "Lincoln said: Four score and seven years ago our fathers brought forth on this continent a new nation.",
        ),
        (
            "Choose the correct answer from the options below. Which of these rivers passes the towns of Osterby and Velmora?",
            "Choose the correct answer from the options below. Which of these cheeses is made of the milk of goats?",
        ),
        (
            "Use that x equals minus b plus or minus the square root of b squared minus four a c, all over two a, to find the age of Tobias",
            "As everybody knows x equals minus b plus or minus the square root of b squared minus four a c, all over two a.",
        ),
    ],
)
def test_what_any_text_may_have_is_no_evidence(tmp_path, item, text):
    step = step_for(tmp_path, [item, MILL])
    alone, whole = judged(step, text, f"{HOST} {item} {HOST}")
    assert alone["contamination_hits"] == []
    assert whole["contamination"] == 1.0


def test_a_part_counts_by_its_share_and_the_threshold_decides(tmp_path):
    parts = MILL.split()
    half = " ".join(parts[: len(parts) // 2])
    (row,) = judged(step_for(tmp_path, [MILL], threshold=0.3), f"{HOST} {half} and so on")
    assert row["contamination"] == pytest.approx(0.5, abs=0.06)
    (row,) = judged(step_for(tmp_path, [MILL]), f"{HOST} {half} and so on")
    assert row["contamination"] == 0.0


def test_items_that_no_text_can_be_told_by_are_counted_not_searched(tmp_path):
    items = [
        MILL,
        MILL.upper(),
        "What is it?",
        "word " * 100_000,
        "1 2 3 4 5 6 7 8 9 10 11 12",
        "",
        "Let's think step by step.",
    ]
    step = step_for(tmp_path, [*items, *(f"Choose the correct answer from the options below. {n}" for n in range(3))])
    (told,) = step.coverage()
    assert (told.items, told.checked, told.copies, told.short) == (10, 5, 1, 5)
    assert judged(step, "What is it? " * 9 + "word " * 300_000)[0]["contamination_hits"] == []


def test_a_short_item_counts_only_whole(tmp_path):
    step = step_for(tmp_path, ["Which lake lies north of the town of Brackwater?"])
    whole, part = judged(
        step, "Which lake lies, north of the town of Brackwater", "which lake lies north of the town of Mossgate"
    )
    assert (whole["contamination"], part["contamination"]) == (1.0, 0.0)


def test_scripts_without_spaces_are_searched_too(tmp_path):
    item = "村の水車小屋の主人は洪水の後なぜライ麦を挽くことを断ったのでしょうか"
    found, other = judged(
        step_for(tmp_path, [item]), f"昔々、{item}。おわり", "村の水車小屋の主人は毎朝早く起きて川の水を見に行きました"
    )
    assert (found["contamination"], other["contamination"]) == (1.0, 0.0)


@pytest.mark.parametrize("items", [[], ["", "   "]])
def test_a_set_without_items_stops_the_recipe(tmp_path, items):
    with pytest.raises(RecipeError, match=r"set\.jsonl holds no item in question"):
        step_for(tmp_path, items)


def test_a_set_without_its_column_stops_the_recipe(tmp_path):
    content = json.dumps({"prompt": MILL}).encode()
    (tmp_path / "set.jsonl").write_bytes(content)
    wanted = EvaluationSet(file="set.jsonl", columns=("question",), sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(RecipeError, match="has no column 'question'; those it has are prompt"):
        Decontaminate(sets=(wanted,)).beside(tmp_path)


def test_a_set_of_which_nothing_can_be_looked_for_is_refused(tmp_path):
    with pytest.raises(RecipeError, match=r"set\.jsonl no item can be looked for \(1 of 1 are too short"):
        step_for(tmp_path, ["What is it?"]).coverage()


def test_copies_of_items_that_are_not_looked_for_are_not_either(tmp_path):
    shared = "Determine whether the following statement is true or false."
    (told,) = step_for(tmp_path, [shared, shared, MILL, MILL]).coverage()
    assert (told.items, told.checked, told.copies, told.shared) == (4, 2, 1, 2)


def test_rows_are_judged_one_by_one(step):
    texts = [HOST, MILL, None, f"{HOST} {BARGE}", "", SIBLING]
    table = pa.table({"text": pa.array(texts, pa.large_string())})
    pieces = pa.concat_tables([step(table.slice(row, 1)) for row in range(len(texts))])
    assert pieces.to_pylist() == step(table).to_pylist()
    assert pieces["contamination"].to_pylist() == [0, 1, 0, 1, 0, 1]


def test_a_set_that_changed_is_noticed(tmp_path):
    step = step_for(tmp_path, [MILL])
    (tmp_path / "set.jsonl").write_text(json.dumps({"question": BARGE}))
    with pytest.raises(RecipeError, match=r"set\.jsonl has the sha256 .* the recipe pins .*write sha256 = "):
        Decontaminate(sets=step.sets).beside(tmp_path)


def test_a_set_of_the_hub_that_cannot_be_had_stops_the_recipe(tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_MODELS", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    wanted = EvaluationSet(dataset="made/up", columns=("question",), sha256="0" * 64)
    with pytest.raises(
        ModelMissing, match=r"made/up/default/test is not here and http://127\.0\.0\.1:1 is out of reach"
    ):
        Decontaminate(sets=(wanted,)).beside(tmp_path)


def test_where_the_recipe_lies_does_not_change_the_fingerprint(step):
    assert Decontaminate(sets=step.sets).fingerprint == step.fingerprint


@given(st.text(max_size=300))
def test_any_text_is_an_item_and_a_document(tmp_path_factory, text):
    text = text.encode("utf-8", "replace").decode()
    step = step_for(tmp_path_factory.mktemp("any"), [text, MILL])
    row, _ = judged(step, f"{text} {HOST}", f"{MILL} {text}")
    for hit in row["contamination_hits"]:
        assert 0 <= hit["start_chars"] < hit["end_chars"] <= len(text)


@given(st.lists(st.sampled_from(list("abcdefg12")), min_size=8, max_size=400))
def test_words_that_repeat_endlessly_are_judged_too(tmp_path_factory, repeated):
    item = " ".join(repeated)
    step = step_for(tmp_path_factory.mktemp("any"), [item, MILL])
    (row,) = judged(step, f"{HOST} {item} {HOST}")
    if step.coverage()[0].checked > 1:
        assert row["contamination"] > 0.6


@pytest.mark.parametrize("body", ["a b c d e ", MILL + " ", MILL, "x\u0301\ufb01 "])
def test_time_grows_with_the_length_of_a_document(tmp_path, growth, body):
    step = step_for(tmp_path, [MILL, "a b c d e " * 200])
    assert growth(lambda text: judged(step, text), lambda size: body * size, 3_000) < 9


def test_time_grows_with_the_length_of_an_item(tmp_path, growth):
    def search(item):
        judged(step_for(tmp_path, [item]), item)

    assert growth(search, lambda size: " ".join(f"Wort{place}" for place in range(size)), 8_000) < 9


def test_a_packed_set_is_read(tmp_path):
    content = gzip.compress(f"{MILL}\n\n{BARGE}\n".encode(), mtime=0)
    (tmp_path / "set.txt.gz").write_bytes(content)
    wanted = EvaluationSet(file="set.txt.gz", sha256=hashlib.sha256(content).hexdigest())
    (row,) = judged(Decontaminate(sets=(wanted,)).beside(tmp_path), BARGE)
    assert row["contamination_item"] == "1"


RYE = "Why did the miller of Larkspur Ridge refuse to grind rye after the flood carried off his cart?"
LARKSPUR = "Which of these rivers flows past the mill of Larkspur Ridge?"
SHORT = ["the Velm", "the Osterbach", "the Quell", "the Tarrow"]
BREAD = "Why does bread rise near the stove?"
LONG = ["yeast makes the gas", "the flour gets warmer", "steam lifts the crust", "salt draws water out"]


def listed(folder, question, choices):
    content = json.dumps({"question": question, "choices": choices}).encode()
    (folder / "list.jsonl").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return Decontaminate(
        sets=(EvaluationSet(file="list.jsonl", columns=("question", "choices"), sha256=sha256),)
    ).beside(folder)


@pytest.mark.parametrize("label", ["({}) ", "{}. ", "{}) ", "{}: ", "- "])
@pytest.mark.parametrize(
    ("question", "choices"),
    [
        (LARKSPUR, SHORT),
        (BREAD, LONG),
        ("Which river flows past the old mill?", {"text": SHORT, "label": list("ABCD")}),
    ],
)
def test_choices_of_a_list_are_found_whatever_labels_a_page_gives_them(tmp_path, question, choices, label):
    step = listed(tmp_path, question, choices)
    written = "\n".join(
        label.format(letter) + one for letter, one in zip("ABCD", SHORT if choices != LONG else LONG, strict=True)
    )
    (row,) = judged(step, f"{HOST}\n\n{question}\n{written}\nAnswer: B\n\n{HOST}")
    assert row["contamination"] == 1.0


def test_the_choices_of_an_item_without_its_question_are_another_item(tmp_path):
    items = [f"{BREAD}\n" + "\n".join(f"{one} in the oven" for one in LONG), MILL]
    (row,) = judged(step_for(tmp_path, items), items[0].replace(BREAD, "What did the old baker say?"))
    assert row["contamination_hits"] == []


def test_another_name_at_the_beginning_of_an_item_is_another_item(tmp_path):
    item = (
        "Marisol of Quellin sells the tin whistles by the chain ferry and counts what she has earned there since noon."
    )
    whole, other = judged(step_for(tmp_path, [item]), f"{HOST} {item}", f"{HOST} {item.replace('Marisol', 'Rashid')}")
    assert (whole["contamination"], other["contamination"]) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("item", "written"),
    [
        ("Wie groß ist der Erlös, den Käthe am Abend über die Straße nach Gießbach heimbringt?", str.upper),
        (
            "Wie groß ist der Erlös, den Käthe am Abend über die Straße nach Gießbach heimbringt?",
            lambda t: t.replace("ß", "ss"),
        ),
        (
            "Işıl sabah Ilıcapınar pazarında kırmızı elmaları sattıktan sonra kaç lirayla köyüne dönüyor?",
            lambda t: t.replace("i", "İ").upper(),
        ),
        (
            "İpek sabah İncirdere pazarında ipek ve kilim sattıktan sonra kaç lirayla köyüne dönüyor?",
            lambda t: t.replace("İ", "I"),
        ),
        ("İpek sabah İncirdere pazarında ipek ve kilim sattıktan sonra kaç lirayla köyüne dönüyor?", str.lower),
        ("Γιατί ο μυλωνάς του λόφου αρνήθηκε να αλέσει σίκαλη στους γείτονες μετά τις πλημμύρες;", str.upper),
        ("À la foire, Océane cède à qui veut ses paniers d'œufs puis replie son étal vers midi ?", str.upper),
    ],
)
def test_capitals_of_other_languages_are_the_same_words(tmp_path, item, written):
    (row,) = judged(step_for(tmp_path, [item, MILL]), f"{HOST} {written(item)} {HOST}")
    assert row["contamination"] == 1.0


def test_a_letter_that_lower_case_makes_two_of_shifts_nothing(tmp_path):
    item = "".join("\u0130" + one + other for one in "abcdefghjk" for other in "klmnopr")
    (row,) = judged(step_for(tmp_path, [item, MILL]), f"{item} {MILL} {item}")
    assert [hit["item"] for hit in row["contamination_hits"]] == ["1"]


@pytest.mark.parametrize(
    "text",
    [
        f"{HOST} <{RYE}> {HOST}",
        f"if i<n: {RYE}\n> {HOST}",
        MILL.replace("refuse", f'<a href="https://mill.example/{"a/" * 80}" target=_blank hidden>refuse</a>'),
        f"{RYE[:40]}<!-- ad -->{RYE[40:]}",
        MILL.replace("refuse", '<span\nclass="a > b">refuse</span><br />'),
    ],
)
def test_tags_are_no_words_and_only_tags_are_left_out(tmp_path, text):
    (row,) = judged(step_for(tmp_path, [MILL, RYE]), text)
    assert row["contamination"] == 1.0


@pytest.mark.parametrize("part", ["<a ", "<a x=", '<a x="', "<!--", "<a x=1 y='2' ", "<b" + " " * 50, "&#", "<a\n"])
def test_time_grows_with_the_length_of_broken_tags(growth, part):
    assert growth(words, lambda size: part * size, 2_000) < 9


@pytest.mark.parametrize("times", [8, 100])
def test_a_page_stuffed_with_halves_does_not_hide_the_item(tmp_path, times):
    own = [f"wort{place}" for place in range(40)]
    half, filler = " ".join(own[:24]), " ".join(f"zq{place}" for place in range(400))
    (row,) = judged(step_for(tmp_path, [" ".join(own)]), f"{half} {half} {filler} " * times + " ".join(own))
    assert row["contamination"] == 1.0


@pytest.mark.parametrize(
    "before", ["\u337f" * 50 + "\u3001", "\uff8a\uff9e" * 9 + "\u3001", "e\u0301\u200b " * 9, "\ufb01 " * 20]
)
@pytest.mark.parametrize(
    "item",
    [
        "村の水車小屋の主人は洪水の後なぜライ麦を挽くことを断ったのでしょうか",
        "ทำไมเจ้าของโรงสีจึงไม่ยอมโม่ข้าวไรย์หลังจากน้ำท่วม",
        "बाढ़ के बाद पहाड़ी के चक्की वाले ने राई पीसने से मना क्यों किया जब गाड़ी बह गई थी",
        "Pourquoi le meunier refusa-t-il de moudre le seigle apre\u0300s la crue de l'e\u0301te\u0301 passe\u0301",
    ],
)
def test_what_was_found_is_shown_whole_in_every_script(tmp_path, before, item):
    text = f"{before}{item}。\u3000{HOST}"
    (row,) = judged(step_for(tmp_path, [item]), text)
    (hit,) = row["contamination_hits"]
    assert text[hit["start_chars"] : hit["end_chars"]] == item


@given(
    st.text(
        st.sampled_from("aiIß\u0130\u0131\u0307\u0301\u03a3 \u200b\uff8a\uff9eก\u0e33\u1100\u1161\u11a8<>&_1"),
        max_size=60,
    )
)
def test_the_windows_of_a_text_are_those_of_its_words(text):
    lower = words(text).lower
    for hashes in (windows_of([text])[0], windows_of([" ".join(lower)])[0]):
        assert len(hashes) == (max(len(lower) - 4, 1) if lower else 0)
    assert (windows_of([text])[0] == windows_of([" ".join(lower)])[0]).all()
