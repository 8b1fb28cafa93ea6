# ruff: noqa: RUF001 - the marks of menus are the test
import gzip
import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.schema import MESSAGES
from processors.remains import Remains, take_remains

FIRST = "The mash rests for an hour while the enzymes turn its starch into sugar."
LAST = "Then the brewer drains the wort and rinses the grain with hot water."


@pytest.mark.parametrize(
    "line",
    [
        "Skip to main content",
        "Zum Inhalt springen",
        "Aller au contenu principal",
        "Advertisement",
        "- ANZEIGE -",
        "**Werbung**",
        "Share on Facebook",
        "Share this:",
        "Auf Twitter teilen",
        "Artikel drucken",
        "Facebook | Instagram",
        "Follow us on Facebook, Twitter and Instagram",
        "Folgen Sie uns auf Mastodon",
        "Leave a Reply Cancel reply",
        "You must be logged in to post a comment.",
        "Your email address will not be published. Required fields are marked *",
        "Schreibe einen Kommentar",
        "Sign up for our newsletter!",
        "Subscribe to our free weekly newsletter",
        "Jetzt Newsletter abonnieren",
        "Never miss a beer: sign up for our newsletter today!",
        "Read more »",
        "[Weiterlesen](https://mill.example/more)",
        "Lire la suite",
        "Czytaj więcej",
        "Back to top",
        "Lesen Sie auch: Warum Gerste keimt",
        "Related: [PEP 8](https://mill.example/8)",
        "[Home](/) > [Beer](/beer) > [Malt](/malt)",
        "You are here: Home » Malt",
        "Home | About us | Contact | Malt and more",
        "Accept all cookies",
        "Copyright 2019 The Mill. All rights reserved.",
        "Alle Rechte vorbehalten.",
    ],
)
def test_a_line_that_is_none_of_the_text_goes_from_its_middle_too(line):
    assert take_remains(f"{FIRST}\n\n{line}\n\n{LAST}") == (f"{FIRST}\n\n{LAST}", 1)


@pytest.mark.parametrize("line", ["Comments", "Next post", "← Previous", "Tags: malt, hops", "Privacy Policy", "Login"])
def test_words_of_menus_go_at_the_end_and_stay_inside(line):
    assert take_remains(f"{FIRST}\n\n{LAST}\n\n{line}") == (f"{FIRST}\n\n{LAST}", 1)
    text = f"{FIRST}\n\n{line}\n\n{LAST}"
    assert take_remains(text) == (text, 0)


NOTICES = (
    "This website uses cookies to give you the best experience.",
    "We use our own and third-party cookies to analyse traffic and improve our service.",
    "We and our 843 partners store and access information on your device, such as cookies.",
    "By continuing to browse this site, you agree to our use of cookies.",
    "Wir verwenden Cookies, um unsere Seite zu verbessern.",
    "Nous utilisons des cookies pour améliorer votre visite.",
    "Utilizamos cookies propias y de terceros.",
)


@pytest.mark.parametrize("line", NOTICES)
def test_a_sentence_of_a_cookie_notice_goes_at_the_end_and_in_company_and_stays_inside(line):
    assert take_remains(f"{FIRST}\n\n{LAST}\n\n{line}") == (f"{FIRST}\n\n{LAST}", 1)
    assert take_remains(f"{FIRST}\n\n{line}\n\nAccept all\n\n{LAST}") == (f"{FIRST}\n\n{LAST}", 2)
    text = f"{FIRST}\n\n{line}\n\n{LAST}"
    assert take_remains(text) == (text, 0)


def test_a_copyright_goes_in_company():
    assert take_remains(f"{FIRST}\n\n© 2019 The Mill\n\nContact") == (FIRST, 2)
    assert take_remains(f"{FIRST}\n\nContact\n\n© 2019 The Mill") == (FIRST, 2)
    assert take_remains(f"{FIRST}\n\nRead more\n\n© 2019 The Mill\n\n{LAST}") == (f"{FIRST}\n\n{LAST}", 2)


@pytest.mark.parametrize("line", ["Home > Beer > Malt", "Start » Bier » Malz", "You are here: Beer"])
def test_the_way_to_a_page_goes_above_it(line):
    assert take_remains(f"{line}\n\n{FIRST}") == (FIRST, 1)


def test_words_of_menus_below_the_text_go_but_not_the_title_beside_them():
    menu = "Home\nNews\nMalt\nLogin\nContact"
    assert take_remains(f"{menu}\nThe mill\n\n{FIRST}") == (f"The mill\n\n{FIRST}", 5)


def test_nothing_becomes_a_heading_and_no_underline_stays_alone():
    assert take_remains(f"{FIRST}\n- Read more\n- Share this\n---\n\n{LAST}")[0] == f"{FIRST}\n\n---\n\n{LAST}"
    assert take_remains(f"{FIRST}\n\nComments\n========") == (FIRST, 2)
    text = f"{FIRST}\n\nMalt\n====\n\nContact"
    assert take_remains(text) == (f"{FIRST}\n\nMalt\n====", 1)


def test_menus_at_both_edges_go_whatever_the_language_of_their_other_entries():
    above = "Home\nZutaten\nMälzerei\nKontakt\nLogin\nBlog"
    below = "* * *\n\nFacebook\nTwitter\nПиво\nRSS\nØl"
    assert take_remains(f"{above}\n\n{FIRST}\n\n{LAST}\n\n{below}") == (f"{FIRST}\n\n{LAST}", 12)


def test_a_heading_goes_only_where_nothing_stays_below_it():
    related = "## Related articles"
    assert take_remains(f"{FIRST}\n\n{related}\n\nRead more") == (FIRST, 2)
    for text in (f"{related}\n\n{LAST}", f"{FIRST}\n\nComments\n--------\n\n{LAST}", f"# News\n\n{LAST}"):
        assert take_remains(text) == (text, 0)


@pytest.mark.parametrize(
    "text",
    [
        f"```\nAdvertisement\nSkip to content\n```\n\n{LAST}",
        f"| Home | News | Contact |\n|---|---|---|\n| Login | Blog | FAQ |\n\n{LAST}",
        f"{FIRST}\n\n> Read more\n\n{LAST}",
        f"{FIRST}\n\n    Copyright 2019 The Mill\n\n{LAST}",
        "Flour\nWater\nYeast\nSalt\nMalt",
        "Read more books, she said, and share them with your friends.",
        "The advertisement said that the mill was for sale.",
        "Next, the brewer boils the wort.",
        "He had nothing more to say and so he went\nhome.",
        "The law says that the licence of each picture has to be named, and so the page ends with\n© 2019 The Mill",
        f"{FIRST}\n\n- Malt\n- Search\n- Print\n- Learn more\n- Hops\n\n{LAST}",
        "No, no, and no.",
        "Follow me.",
        "2001, 2002, 2003, 2005",
    ],
)
def test_text_stays(text):
    assert take_remains(text) == (text, 0)


def test_what_is_about_cookies_or_licences_keeps_its_lines_on_them():
    cookies = "# Cookie Policy\n\nThis site uses cookies.\n\nA cookie is a small file. Cookies expire after a year."
    licence = "Copyright 2019 The Mill\n\nRedistribution is permitted without warranty, if this copyright notice stays."
    for text in (cookies, licence):
        assert take_remains(text) == (text, 0)


def test_a_text_of_remains_alone_becomes_empty():
    assert take_remains("Home\nNews\nContact\n\nAccept all cookies\n\n© 2019 The Mill") == ("", 5)


lines = st.sampled_from(
    ["Home", "News", "Read more", "x", "© 2019", "cookies cookies", "# Comments", "---", "", "```", "- Share", "| a |",
     "Accept all cookies", FIRST, "Home > News", "Facebook, Twitter", "> Login", "    code"]
)  # fmt: skip


@given(st.lists(lines, max_size=30))
def test_taking_remains_only_takes_lines_and_never_code_or_tables(chosen):
    text = "\n".join(chosen)
    left, count = take_remains(text)
    written = iter(line for line in text.split("\n") if line.strip())
    assert all(line in written for line in left.split("\n") if line.strip())  # in the order of the text
    assert count == sum(1 for line in chosen if line.strip()) - sum(1 for line in left.split("\n") if line.strip())
    for kept in ("| a |", "> Login", "    code", FIRST):
        assert left.count(kept) == text.count(kept)


@pytest.mark.parametrize(
    "part", ["Home\n", "Read more\n\n", "ab\n", "© 2019\n", "---\n", "home / ", "facebook, ", "> ["]
)
def test_time_grows_with_the_text(growth, part):
    assert growth(take_remains, lambda size: part * size, 4000) < 8


DISTINCT = (
    ("© 2019 a{0}",),
    ("Accept all and close\n\nline {0} of the text",),
    ("© 2019 a{0}", "line {0} of a text", "Read more"),
    ("Tags: a{0}", "Home", "We use cookies to improve {0}."),
    ("word{0}", "Home", "note {0}:"),
    ("a{0}:", "- Home"),
)


@pytest.mark.parametrize("kinds", DISTINCT)
def test_time_grows_with_the_number_of_different_lines(growth, kinds):
    assert growth(take_remains, lambda size: "\n".join(kinds[i % len(kinds)].format(i) for i in range(size)), 3000) < 8


@pytest.mark.parametrize("part", [", ", "/", " / ", " | ", ">", "© ", " and ", "facebook ", "more "])
def test_no_line_takes_ages(part):
    for word in ("facebook", "home", "share", "©", "copyright", "read more", "top", "we use", "sign up"):
        assert isinstance(take_remains(f"{word}{part * 80}"[:158] + "~"), tuple)


def test_good_prose_and_licences_lose_next_to_nothing(shared_data):
    taken = total = 0
    for name in ("corpora/english_documents", "dedup/licence_texts", "dedup/articles"):
        with gzip.open(shared_data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            texts = [json.loads(line)["text"] for line in file][::4]
        taken += sum(take_remains(text)[1] for text in texts)
        total += sum(text.count("\n") + 1 for text in texts)
    assert taken < total / 10_000


def test_the_step_counts_and_leaves_conversations_and_code_alone():
    text = f"Skip to content\n\n{FIRST}"
    turns = [{"role": "user", "content": "Read more"}]
    table = pa.table(
        {
            "id": ["a", "b", "c", "d"],
            "text": pa.array([text, text, text, None], pa.large_string()),
            "kind": ["article", "conversation", "code", "article"],
            "messages": pa.array([None, turns, None, None], MESSAGES),
        }
    )
    made = Remains()(table)
    assert made["text"].to_pylist() == [FIRST, text, text, ""]
    assert made["remains_lines"].to_pylist() == [1, 0, 0, 0]
    assert made["remains_chars"].to_pylist() == [17, 0, 0, 0]
    assert made.schema.field("remains_chars").type == pa.int32()
    assert made["messages"].to_pylist() == table["messages"].to_pylist()
