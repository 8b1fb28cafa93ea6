"""What a page of HTML states about itself: title, authors, day of publication."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.extract_html import parse
from processors.html.author_names import looks_like_person, shown_names, stated_names
from processors.html.linked_data import linked_data
from processors.html.metadata import Metadata, metadata
from processors.html.page_date import published_day
from processors.html.page_facts import read_page
from processors.html.written_dates import first_day, written_days


def read(html: str, url: str | None = None) -> Metadata:
    tree = parse(html)
    assert tree is not None
    return metadata(tree, url)


def page(head: str = "", body: str = "", lang: str = "de") -> str:
    return f'<html lang="{lang}"><head>{head}</head><body>{body}<p>{"Ein Satz des Textes. " * 30}</p></body></html>'


def linked(*things: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(list(things))}</script>'


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


H1 = "<h1>Der Fluss steigt</h1>"


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Der Fluss steigt - Uferblatt</title>", H1, "Der Fluss steigt"),
        ("<title>Uferblatt | Der Fluss steigt</title>", H1, "Der Fluss steigt"),
        ("<title>Der Fluss steigt</title>", "<h1>Pegel: Der Fluss steigt</h1>", "Der Fluss steigt"),
        ("<title>Der Fluss steigt in der Nacht weiter - U</title>", "<h1>Der Fluss steigt die Nacht weiter</h1>", "Der Fluss steigt die Nacht weiter"),
        ("<title>Alles zum Wasser</title>", H1, "Der Fluss steigt"),
        ('<meta property="og:title" content="Der Fluss steigt">', "<h1>Uferblatt</h1><h2>Der Fluss steigt</h2>", "Der Fluss steigt"),
        ('<meta property="og:site_name" content="Uferblatt"><title>Der Fluss steigt \u2013 Uferblatt</title>', "", "Der Fluss steigt"),
        ('<meta property="og:site_name" content="Uferblatt"><title>Auf und ab - Der Fluss steigt</title>', "<h1>Uferblatt</h1>", "Auf und ab - Der Fluss steigt"),
        ('<title>T</title><meta property="og:title" content="Salz &amp;amp; Pfeffer">', "", "Salz & Pfeffer"),
        ("<title>Der Fluss steigt</title>", '<h1><a href="/">Zum Anfang</a></h1>', "Der Fluss steigt"),
        ("<title>Der Fluss steigt</title>", "<div class='comments'><h1>Was Sie meinen</h1></div>", "Der Fluss steigt"),
        ("", "<h1>Der <b>Fluss</b><br>steigt</h1>", "Der Fluss steigt"),
        ("", "", None),
    ],
)  # fmt: skip
def test_the_title_is_the_headline_readers_see_without_the_name_of_the_site(head: str, body: str, title: str | None):
    assert read(page(head, body)).title == title


def test_a_part_that_is_the_host_of_the_address_is_no_part_of_the_title():
    html = page("<title>Der Fluss steigt - uferblatt.de</title>")
    assert read(html, "https://www.uferblatt.de/fluss").title == "Der Fluss steigt"


@pytest.mark.parametrize(
    ("head", "body", "author"),
    [
        ("", H1 + '<p class="byline">Von <a rel="author" href="/x">Ida Moll</a></p>', "Ida Moll"),
        ("", H1 + "<p>Von Ida Moll und Jan Bär</p>", "Ida Moll; Jan Bär"),
        ("", H1 + "<p>12. März 2019 von Ida Moll</p>", "Ida Moll"),
        ("", H1 + "<p>Ida Moll, 12.03.2019, 14:30 Uhr</p>", "Ida Moll"),
        ("", H1 + '<div class="author-name">Ida Moll</div><div class="author-name">Jan Bär</div>', "Ida Moll; Jan Bär"),
        ("", H1 + '<span class="author vcard"><a class="fn">tlow</a></span>', "tlow"),
        ("", H1 + '<a href="/autoren/ida-moll">Ida Moll</a>', "Ida Moll"),
        ('<meta name="author" content="Ida Moll">', H1, "Ida Moll"),
        ('<meta name="author" content="Von Ida Moll, Redakteurin | ida@u.example">', H1, "Ida Moll"),
        ('<meta name="citation_author" content="Ida Moll"><meta name="citation_author" content="Jan Bär">', H1, "Ida Moll; Jan Bär"),
        ('<meta name="citation_author" content="Moll, Ida"><meta name="citation_author" content="von Bär, J. K.">', H1, "Ida Moll; J. K. von Bär"),
        ('<meta name="dc.creator" content="Moll, Ida; Bär, Jan">', H1, "Ida Moll; Jan Bär"),
        ('<meta name="dc.creator" content="Ida Moll, Jan Bär">', H1, "Ida Moll; Jan Bär"),
        ('<meta name="twitter:label1" content="Verfasst von"><meta name="twitter:data1" content="Ida Moll">', H1, "Ida Moll"),
        ('<meta property="article:author" content="https://social.example/ida"><meta name="author" content="admin">', H1, None),
        ('<meta name="author" content="Netzwerk GmbH">', H1, None),
        ('<meta property="og:site_name" content="Uferblatt"><meta name="author" content="Uferblatt">', H1, "Uferblatt"),
        ('<meta property="og:site_name" content="Uferblatt"><meta name="author" content="Uferblatt - Ida Moll">', H1, "Ida Moll"),
        ("", H1 + '<div class="comment"><span class="author">Rudi Laut</span></div>', None),
        ("", H1 + '<figure><span class="author">Foto: Rudi Laut</span></figure>', None),
        ("", H1 + '<aside><span class="author">Rudi Laut</span></aside>', None),
        ("", H1, None),
    ],
)  # fmt: skip
def test_the_author_is_who_the_byline_or_the_head_names(head: str, body: str, author: str | None):
    assert read(page(head, body)).author == author


def test_the_byline_a_reader_sees_goes_before_who_typed_the_text_in():
    head = linked({"@type": "Article", "author": {"@type": "Person", "name": "i.moll"}})
    assert read(page(head, H1 + '<p class="byline">Jan Bär</p>')).author == "Jan Bär"


def test_the_head_completes_a_byline_that_names_one_of_several():
    head = linked({"@type": "NewsArticle", "author": [{"name": "Ida Moll"}, {"name": "Jan Bär"}]})
    assert read(page(head, H1 + '<p class="byline">Ida Moll</p>')).author == "Ida Moll; Jan Bär"


@pytest.mark.parametrize(
    "thing",
    [
        {"@type": "Article", "author": "Ida Moll"},
        {"@type": ["NewsArticle", "Thing"], "author": {"@type": "Person", "name": "Ida Moll"}},
        {"@type": "http://schema.org/BlogPosting", "author": [{"name": ["Ida Moll"]}]},
        {
            "@graph": [
                {"@type": "Article", "author": {"@id": "#i"}},
                {"@type": "Person", "@id": "#i", "name": "Ida Moll"},
            ]
        },
        {"@graph": [{"@type": "WebPage", "author": "#i"}, {"@type": "Person", "@id": "#i", "name": "Ida Moll"}]},
        {"@type": "Recipe", "creator": {"name": "Ida Moll"}},
        {"mainEntity": {"@type": "Article", "author": [["x"], None, 3, {"name": "Ida Moll"}]}},
    ],
)
def test_json_ld_names_its_author_in_every_form_that_pages_use(thing: object):
    assert read(page(linked(thing), H1)).author == "Ida Moll"


def test_an_organisation_is_the_author_only_where_no_person_is():
    paper = {"@type": "NewsMediaOrganization", "name": "Uferblatt"}
    assert read(page(linked({"@type": "Article", "author": [paper]}), H1)).author == "Uferblatt"
    assert read(page(linked({"@type": "Article", "author": [paper, {"name": "Ida Moll"}]}), H1)).author == "Ida Moll"


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"@type": "Article", "headline": "H"} -->',
        '//<![CDATA[\n{"@type": "Article", "headline": "H"}\n//]]>',
        '{"@type": "Article", "headline": "H",}',
        '{"@type": "Article", "headline": "H"}; var more = 1;',
        '{"@type": "Article", "headline": "H", "text": "a\nb\tc"}',
    ],
)
def test_json_ld_is_read_with_the_faults_pages_have(script: str):
    tree = parse(f'<html><head><script type="application/ld+json">{script}</script></head><body>x</body></html>')
    assert [article.headline for article in linked_data(tree).articles] == ["H"]


@pytest.mark.parametrize(
    ("head", "body", "created_at"),
    [
        ("", H1 + "<p>Veröffentlicht am 12. März 2019</p>", "2019-03-12"),
        ("", H1 + "<p>12.03.2019</p>", "2019-03-12"),
        ("", H1 + '<time datetime="2019-03-12T08:00:00+01:00">gestern</time>', "2019-03-12"),
        ("", H1 + '<span class="posted-on">12/03/2019</span>', "2019-03-12"),
        ("", H1 + "<p>Aktualisiert am 14.03.2019</p><p>Veröffentlicht am 12.03.2019</p>", "2019-03-12"),
        ("", H1 + "<p>Stand: 14.03.2019</p>", "2019-03-14"),
        ("", H1 + "<p>12.03.2019 / Updated 14.03.2019</p>", "2019-03-12"),
        ("", '<time datetime="2019-03-12">Veröffentlicht am 12.03.2019</time>' + "<b>x</b>" * 50 + H1, "2019-03-12"),
        ('<meta property="article:published_time" content="2019-03-12T10:00:00Z">', H1, "2019-03-12"),
        ('<meta name="dc.date.issued" content="20190312">', H1, "2019-03-12"),
        ('<meta itemprop="datePublished" content="2019-3-12 10:00">', H1, "2019-03-12"),
        ('<meta property="article:modified_time" content="2019-03-14">' + linked({"@type": "Article", "datePublished": "2019-03-12"}), H1 + "<p>14.03.2019</p>", "2019-03-12"),
        (linked({"@type": "VideoObject", "uploadDate": "2018-01-01"}) + '<meta name="pubdate" content="2019-03-12">', H1, "2019-03-12"),
        (linked({"@type": "Article", "datePublished": "1970-01-01T00:00:00Z"}), H1, None),
        ("", H1 + '<div class="comment"><p>13.03.2019</p></div>' + "<p>12.03.2019</p>", "2019-03-12"),
        ("", H1 + "<p>Termin: 12.03.2019</p>", None),
        ("", H1 + "<p>Copyright 2019 Uferblatt</p>", None),
    ],
)  # fmt: skip
def test_the_day_is_that_of_publication_where_the_page_shows_or_states_it(head: str, body: str, created_at: str | None):
    assert read(page(head, body)).created_at == (day(created_at) if created_at else None)


def test_the_day_a_reader_sees_goes_before_the_same_moment_in_utc():
    head = '<meta property="article:published_time" content="2019-03-13T03:30:00+00:00">'
    shown = H1 + '<time datetime="2019-03-12T23:30:00-04:00">12 March 2019</time>'
    assert read(page(head, shown, "en")).created_at == day("2019-03-12")


def test_the_address_tells_the_day_and_settles_the_one_of_a_stamp_in_utc():
    assert read(page("", H1), "https://u.example/2019/03/12/fluss").created_at == day("2019-03-12")
    head = '<meta property="article:published_time" content="2019-03-13T03:30:00Z">'
    assert read(page(head, H1), "https://u.example/2019/03/12/fluss").created_at == day("2019-03-12")
    assert read(page("", H1), "http://[broken/2019/13/45/").created_at is None


def test_figures_are_read_as_the_declared_language_and_the_head_have_them():
    shown = H1 + '<span class="date">03/04/2019</span>'
    assert read(page("", shown, "en-US")).created_at == day("2019-03-04")
    assert read(page("", shown, "en-GB")).created_at == day("2019-04-03")
    assert read(page("", shown, "en"), "https://u.co.uk/x").created_at == day("2019-04-03")
    head = '<meta name="pubdate" content="2019-03-04">'
    assert read(page(head, H1 + '<span class="date">03.04.2019</span>', "en-US")).created_at == day("2019-03-04")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("12. März 2019", "2019-03-12"), ("12 mars 2019", "2019-03-12"), ("12 de marzo de 2019", "2019-03-12"),
        ("12 marca 2019", "2019-03-12"), ("8. července 2019", "2019-07-08"), ("12 марта 2019", "2019-03-12"),
        ("March 12th, 2019", "2019-03-12"), ("12-MAR-2019", "2019-03-12"), ("2019年3月12日", "2019-03-12"),
        ("4. 2. 2022", "2022-02-04"), ("2.11.22", "2022-11-02"), ("25/12/2019", "2019-12-25"), ("12/25/2019", "2019-12-25"),
        ("2019-3-12T14:32:06+02:00", "2019-03-12"), ("Tue Mar 12 16:36:31 CEST 2019", "2019-03-12"), ("20190312", "2019-03-12"),
        ("31.02.2019", None), ("192.168.12.19", None), ("1.2.3.4", None), ("2019-13", None), ("12 monkeys 2019", None), ("Posted 5 listening 2019", None),
        ("Market 12, 2019", None), ("Decide 3, 2019", None), ("5 Sept. 2019", "2019-09-05"), ("5 May\u0131s 2019", "2019-05-05"),
        ("5 мая 2019", "2019-05-05"), ("5 октомври 2019", "2019-10-05"), ("5. listopadu 2019", "2019-11-05"), ("0001-01-01", None),
    ],
)  # fmt: skip
def test_days_are_read_in_the_ways_and_languages_pages_write_them(text: str, written: str | None):
    assert first_day(text) == (day(written) if written else None)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Joan Smith May 11, 2016", ["Joan Smith"]),
        ("von Ida Moll, Online-Redaktion Veröffentlicht: 26.12.2022", ["Ida Moll"]),
        ("View all posts by Joan Smith", ["Joan Smith"]),
        ("Por José Ávila | Publicado hace 3 horas", ["José Ávila"]),
        ("Joan Smith and T. V. Rao, MD", ["Joan Smith", "T. V. Rao"]),
        ("Salt & Pepper", ["Salt & Pepper"]),
        ("Joan Smith @joan https://joan.example", ["Joan Smith"]),
        ("Am 3. Mai 2019 von Ida Moll", ["Ida Moll"]),
        ("Kai van der Berg (London)", ["Kai van der Berg"]),
        ("Redaktion", ["Redaktion"]),
        ("By Von Miller", ["Von Miller"]), ("By Par Lindh", ["Par Lindh"]), ("By Author Smith", ["Author Smith"]),
        ("By Reporter Jane Doe", ["Jane Doe"]), ("Sam in 't Veld", ["Sam in 't Veld"]), ("By Doe, Jane", ["Jane Doe"]),
        ("By author: Ida", ["Ida"]), ("Von Ida", ["Ida"]), ("Ida Moll in Bonn", ["Ida Moll"]),
        ("Article by", []), ("Username", []), ("12.03.2019", []), ("ida@u.example", []),
    ],
)  # fmt: skip
def test_of_a_byline_only_the_names_are_left(line: str, names: list[str]):
    assert shown_names(line) == names


def test_what_the_head_states_may_hold_words_that_end_a_name_in_a_byline():
    assert stated_names("Verein für Uferschutz") == ["Verein für Uferschutz"]
    assert stated_names("Di Maria") == ["Di Maria"]
    assert stated_names("Di Ida Moll") == ["Ida Moll"]
    assert shown_names("Ida Moll für das Uferblatt") == ["Ida Moll"]


def test_a_person_is_told_from_a_pen_name_and_a_role():
    assert looks_like_person("Ida von der Moll")
    assert looks_like_person("肖春芳")
    assert not looks_like_person("idamoll")
    assert not looks_like_person("Staff Writer")


def test_a_day_that_is_yet_to_come_is_taken_so_that_each_night_gives_the_same():
    shown = H1 + '<div class="comments"><time datetime="2081-05-06">bald</time></div>'
    assert read(page("", shown)).created_at == day("2081-05-06")
    assert read(page('<meta name="pubdate" content="2081-05-06">', H1)).created_at == day("2081-05-06")


@pytest.mark.parametrize("tag", ["h1", "a<b", "o:p"])
def test_days_further_from_the_headline_are_those_the_page_marks(tag: str):
    headline, between = f'<{tag} class="entry-title">Der Fluss steigt</{tag}>', "<i>ein Wort</i>" * 90
    stamp = "<time>Veröffentlicht am 12.03.2019</time>"
    for body in (stamp + between + headline, headline + between + stamp):
        facts = read_page(parse(page("<title>Der Fluss steigt</title>", body)), None)
        assert facts.headline is not None
        assert published_day(facts) == day("2019-03-12")
    unmarked = read_page(
        parse(page("<title>Der Fluss steigt</title>", "<p>am 12.03.2019</p>" + between + headline)), None
    )
    assert published_day(unmarked) is None


HOSTILE = {
    "long JSON-LD": lambda n: page(f'<script type="application/ld+json">[{"{}," * n}{{}}]</script>', H1),
    "deep JSON-LD": lambda n: page(f'<script type="application/ld+json">{"[" * n}</script>', H1),
    "authors": lambda n: page(linked({"@type": "Article", "author": [{"name": f"A B{i}"} for i in range(n)]}), H1),
    "organisations": lambda n: page(linked(*[{"@type": "Organization", "name": f"o{i}"} for i in range(n)]), "<h1>a b</h1>" * n),
    "metas": lambda n: page('<meta name="author" content="A B"><meta property="og:title" content="T">' * n, H1),
    "times": lambda n: page("", H1 + '<time datetime="?">nie</time>' * n),
    "bylines": lambda n: page("", H1 + '<p class="author">Ida Moll</p>' * n),
    "nested bylines": lambda n: page("", H1 + '<p><div class="author">' * n),
    "headings": lambda n: page("", "<h2>Der Fluss</h2>" * n),
    "days": lambda n: page("", f"{H1}<p>{'12.03.2019 ' * n}</p>"),
    "spaces": lambda n: page(f'<script type="application/ld+json">-->{" " * n}x</script>', f"{H1}<p class=date>1{' ' * n}x"),
    "classes": lambda n: page("", f'{H1}<div class="{"author " * n}"><b class="date">2019</b></div>'),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pages_take_linear_time(kind: str, growth):
    assert growth(read, HOSTILE[kind], 3_000) < 10


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text(), st.sampled_from(["title", "meta", "ld", "time", "byline"]))
def test_no_text_makes_the_reader_fail(one: str, other: str, where: str):
    heads = {
        "title": f"<title>{one}</title>",
        "meta": f'<meta name="author" content="{one}">',
        "ld": linked({"@type": one, "author": other}),
    }
    bodies = {"time": f'<time datetime="{one}">{other}</time>', "byline": f'<p class="author {one}">{other}</p>'}
    found = read(page(heads.get(where, ""), f"<h1>{other}</h1>" + bodies.get(where, "")), one)
    assert found.author != ""
    assert found.title != ""


WHOLE = page(
    '<title>Der Fluss steigt - Uferblatt</title><meta name="author" content="Ida Moll">'
    + linked(
        {
            "@graph": [
                {"@type": "Article", "author": {"@id": "#i"}, "datePublished": "2019-03-12"},
                {"@id": "#i", "name": "Ida"},
            ]
        }
    ),
    H1 + '<p class="byline">Von <a rel="author">Ida Moll</a>, <time datetime="2019-03-12">12. März 2019</time></p>',
)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(WHOLE)), st.integers(0, 40), st.binary(max_size=8))
def test_a_damaged_page_is_read_as_far_as_it_goes(place: int, gone: int, put: bytes):
    tree = parse(WHOLE[:place] + put.decode("latin-1") + WHOLE[place + gone :])
    assert tree is None or isinstance(metadata(tree, None), Metadata)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="0123456789.-/ :,Marzk'年月日", max_size=40))
def test_days_are_found_where_they_stand(text: str):
    for found in written_days(text):
        assert 0 <= found.start < found.end <= len(text)
        assert found.day.tzinfo is UTC


def test_public_pages_keep_their_titles_authors_and_days(shared_data):
    folder = shared_data / "extraction" / "trafilatura-segments"
    pages = json.loads((folder / "segments.json").read_text(encoding="utf-8"))[25:125:4]
    found = [
        metadata(parse(gzip.decompress((folder / one["html"]).read_bytes()).decode("utf-8", "replace")), one["url"])
        for one in pages
    ]
    days = [
        f"{got.created_at:%Y-%m-%d}" == one["date"]
        for got, one in zip(found, pages, strict=True)
        if one.get("date") and got.created_at
    ]
    assert sum(days) >= 0.8 * len(days) > 5
    assert all(got.title for got in found)
