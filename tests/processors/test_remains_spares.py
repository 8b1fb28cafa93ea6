"""Text in the words of sites: recipes, glossaries, tutorials, verse, manuals of software, which ``remains`` leaves."""

import pytest

from processors.remains import take_remains

FIRST = "The mash rests for an hour while the enzymes turn its starch into sugar."
LAST = "Then the brewer drains the wort and rinses the grain with hot water."

BAKING = (
    "We use chocolate chip cookies for this.",
    "We use butter cookies as the base, crush them and mix them with melted butter.",
    "This service uses cookies from the oven next door, still warm.",
    "Wir verwenden für den Boden Cookies vom Vortag.",
    "We use a small device to stir the wort while it boils.",
    "We use differential privacy with epsilon 1 in all experiments.",
    "We also use encryption on the device to keep messages safe.",
    "By using surveys with the consent of the parents, the team measured sleep.",
    "By clicking the lock you open the privacy policy.",
    "By visiting the mill before she gave her consent, he lost her trust.",
    "Mit der Nutzung der Mühle begann der Datenschutz noch nicht.",
)
LISTS = (
    "The toolbar has these buttons:\n\nSave\nPrint\nShare\nClose\nHelp",
    "Terms of the web, for beginners:\n\n- Home\n- Sitemap\n- Footer\n- Login\n- Cart\n- Checkout",
    "Add these labels to the form, one a line:\n\nUsername\nPassword\nForgot password\nSign in\nRegister\nClose",
    "Choose one of:\n\n1. Print\n2. Share\n3. Close\n4. Help\n5. Search",
    "1. Open the app\n2. Sign in to continue\n3. Subscribe to our newsletter\n4. Pay",
    "1) Home\n2) News\n3) Contact\n4) Login\n5) Search",
    "The landmark roles are:\n\n- banner\n- navigation\n- main\n- search\n- menu",
    "Tabs of the settings dialogue:\n\n- General\n- Appearance\n- Accessibility\n- Privacy\n- Search\n- Help",
    "Wörter im Büro:\n\nDrucken\nSpeichern\nSuche\nHilfe\nSchließen\nZurück\nWeiter",
    "Ways to reduce stress:\n\n- Sleep\n- Music\n- Press\n- Jobs\n- Help\n- Friends",
    "The button said:\n\nAccept all",
    "He offered two answers:\n\nAccept all\n\nReject all",
    "Press the button with the label:\n\nRead more",
    "The founders were\n\nJobs\nWozniak\nWayne\nBaum\nEspinosa\nHolt\nScott",
    "Malt\nHops\nYeast\nWater\nSearch\nSalt\nSugar",
    "**Login**\nThe name of a user.\n\n**Help**\nWhat one asks for.",
    "Login\n: the name of a user\n\nCart\n: what is bought\n\nHome\n: the start",
)
POINTERS = (
    "Recommended: Python 3.11 or newer",
    "Related: PEP 7 and PEP 257",
    "Siehe auch: Hopfen",
    "Home → Settings → Network",
    "Home > Park > School",
    "Home / Away / Draw",
    "Start | 10:00 | 11:00 | 12:00",
    "Start > Alexanderplatz > Ostkreuz > Erkner",
    "Start > Settings > System > About",
    "You are here: the red dot shows the station",
    "Share price: 5",
    "Comments",
)
CREDITS = (
    "© 1916 Robert Frost",
    "© 2019 Anna Miller",
    "(c) 1987 by the photographer",
    "Copyright (c) 2020 Foo",
    "© 2019 Anna Miller\n\n© 2020 Ben Miller",
    "Accept all\n\nReject all",
    "Got it!",
    "No comment",
    "x",
    "...",
    "<",
)
SENTENCES = (
    "Sie erstattete bei der Polizei\n\nAnzeige\n\nDas Verfahren läuft seit einem Jahr.",
    "I would\n\nfollow us\n\nto the end of the world.",
    "Immer\nweiter\ngeht das Rad der Mühle an dem Bach.",
    "The networks that were compared are\n\nFacebook, Twitter and Instagram\n\nand they were asked for data.",
    "Click here\n\nis the worst text of a link that there is.",
    "Sign up for our newsletter\n\nwas clicked by five in a hundred.",
    "We speak of\nshare\nof course, and of the price of it.",
    "Tell me, who\nwill\n\njoin us\n\nif not you and I, the last of all.",
)
TABLES = (
    "Home | About | Contact\n--- | --- | ---\n1 | 2 | 3",
    "Page | Views | Likes | Shares\n:-- | --: | --- | ---\nHome | Login | Help | Search\nNews | Shop | Blog | FAQ",
    "| Home | News | Login |\n| --- | --- | --- |\nShare | Print | Help",
    "> Home | News | Contact",
    "    Home | News | Contact",
    "~~~\nHome | News | Contact\n~~~",
)
CASES = (*BAKING, *LISTS, *POINTERS, *CREDITS, *SENTENCES, *TABLES)


@pytest.mark.parametrize("case", CASES)
def test_inside_a_document_it_stays(case):
    text = f"{FIRST}\n\n{case}\n\n{LAST}"
    assert take_remains(text) == (text, 0)


@pytest.mark.parametrize(
    "case", [*BAKING, *LISTS, *SENTENCES, *TABLES, "© 1916 Robert Frost", "No comment", "x", "..."]
)
def test_at_the_end_it_stays(case):
    text = f"{FIRST}\n\n{case}"
    assert take_remains(text) == (text, 0)


@pytest.mark.parametrize(
    "text",
    [
        "Help\nHelp\nPress\nMy heart\nLike\nA drum",
        "単語\n\nhome\nnews\nsearch\nhelp\nclose\nlogin",
        "My resolutions\n\nLearn more\nRead more\nEat less\nSleep more",
        "Wörter im Büro\n\nDrucken\nSpeichern\nSuche\nHilfe\nSchließen\nZurück\nWeiter",
        "Home\nHome is the sailor, home from sea,\nAnd the hunter home from the hill.",
        "Share\n\nI share my bread with you tonight,\nand you share wine with me.",
        "FADE IN:\n\nHOME\n\nMother waits.\n\nLATER\n\nClose",
        f"***\n\nNews\n\n***\n\n{LAST}",
        f"Start | 10:00 | 11:00\n\n{LAST}",
    ],
)
def test_a_document_of_few_words_keeps_them(text):
    assert take_remains(text) == (text, 0)


def test_a_paper_keeps_its_keywords():
    text = f"{FIRST}\n\nKeywords: brewing, malt, enzymes"
    assert take_remains(text, kind="paper") == (text, 0)
    assert take_remains(text, kind="article") == (FIRST, 1)
