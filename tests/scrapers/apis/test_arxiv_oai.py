"""Licences, texts and sets. OAI-PMH answers are written from the specification of OAI-PMH 2.0 and arXivRaw.xsd."""

import gzip
import io
import tarfile
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError

from corpus.errors import SourceError
from corpus.revisions import is_transient
from scrapers.arxiv_papers import ArxivPapers
from scrapers.clients.arxiv_licences import REDISTRIBUTABLE, spdx_of
from scrapers.clients.arxiv_paper import Paper, deposit_of, names_in
from scrapers.clients.arxiv_texts import is_source, is_whole_page
from scrapers.clients.oai import Record
from scrapers.crawl.archive import bodies

BY = "http://creativecommons.org/licenses/by/4.0/"
SHARE = "http://creativecommons.org/licenses/by-sa/4.0/"
NON_COMMERCIAL = "http://creativecommons.org/licenses/by-nc-nd/4.0/"
ARXIV_ONLY = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"
PAGE = b'<html><body><div class="ltx_page_main"><article class="ltx_document">Mash</article></div></body></html>'
NO_PAGE = b"<html><body>No HTML for this paper</body></html>"
FEED = (
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns="http://www.w3.org/2005/Atom"><opensearch:totalResults>{total}</opensearch:totalResults>{entries}</feed>'
)


def source_of(text=rb"\documentclass{article}"):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("main.tex")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return packed.getvalue()


SOURCE = source_of()


@dataclass
class Deposited:
    """A paper as arXiv has it; ``day`` is its datestamp in OAI-PMH."""

    key: str
    licence: str | None = BY
    day: str = "2026-11-18"
    version: int = 1
    comment: str = ""
    source_type: str = ""
    size: str = "10kb"
    is_deleted: bool = False
    in_oai: bool = True
    source: bytes | int | str = SOURCE  # an answer's body, its status, or where it leads
    page: bytes | int = PAGE
    record: int = 200
    submitted: datetime = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)


@dataclass
class World:
    """All of arXiv's interfaces at one address; ``asked`` counts requests by interface."""

    papers: dict = field(default_factory=dict)
    page_size: int = 3
    asked: list = field(default_factory=list)
    today: str = "2026-11-20"
    expires: bool = False

    def add(self, key, **facts):
        self.papers[key] = Deposited(key, **facts)

    def answer(self, target):
        parts = urlsplit(target)
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        name = parts.path.split("/")[1]
        self.asked.append(name)
        if name == "api":
            return self.api(options)
        if name == "oai":
            paper = self.papers.get(options.get("identifier", "").removeprefix("oai:arXiv.org:"))
            return paper.record if paper else 200, {}, self.oai(options).encode()
        key, _, version = parts.path.partition(f"/{name}/")[2].rpartition("v")
        paper = self.papers[key]
        assert int(version) == paper.version
        found = paper.source if name == "e-print" else paper.page
        if isinstance(found, str):
            return 302, {"Location": found}, b""
        return (found, {}, b"") if isinstance(found, int) else (200, {}, found)

    def api(self, options):
        wanted = options.get("id_list", "").split(",")
        found = [paper for paper in self.papers.values() if wanted == [""] or paper.key in wanted]
        found.sort(key=lambda paper: (paper.submitted, paper.key), reverse=True)
        start, size = int(options["start"]), int(options["max_results"])
        entries = "".join(entry(paper) for paper in found[start : start + size])
        return 200, {}, FEED.format(total=len(found), entries=entries).encode()

    def oai(self, options):
        verb, body = options["verb"], ""
        if verb == "GetRecord":
            assert options["metadataPrefix"] == "arXivRaw"
            paper = self.papers[options["identifier"].removeprefix("oai:arXiv.org:")]
            body = record(paper) if paper.in_oai else '<error code="idDoesNotExist">no</error>'
        elif "resumptionToken" in options:
            assert set(options) == {"verb", "resumptionToken"}
            day, skip = options["resumptionToken"].split("+")
            body = '<error code="badResumptionToken">old</error>' if self.expires else self.list(day, int(skip))
            self.expires = False
        elif options["set"] != "cs:cs:CL":
            body = '<error code="badArgument">Set does not exist</error>'
        else:
            body = self.list(options.get("from", ""), 0)
        body = body if body.startswith("<error") else f"<{verb}>{body}</{verb}>"
        head = (
            f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>{self.today}T03:00:00Z</responseDate>'
        )
        return f"{head}{body}</OAI-PMH>"

    def list(self, day, skip):
        found = sorted(
            (paper for paper in self.papers.values() if paper.day >= day), key=lambda paper: (paper.day, paper.key)
        )
        if not found:
            return '<error code="noRecordsMatch">none</error>'
        more = len(found) > skip + self.page_size
        page = "".join(record(paper) for paper in found[skip : skip + self.page_size])
        return page + (f"<resumptionToken>{day}+{skip + self.page_size}</resumptionToken>" if more else "")


def record(paper):
    status = ' status="deleted"' if paper.is_deleted else ""
    head = f"<identifier>oai:arXiv.org:{paper.key}</identifier><datestamp>{paper.day}</datestamp>"
    return f"<record><header{status}>{head}</header>{'' if paper.is_deleted else metadata(paper)}</record>"


def metadata(paper):
    versions = "".join(
        f'<version version="v{number}"><date>{format_datetime(paper.submitted + timedelta(days=number - 1), usegmt=True)}</date>'
        f"<size>{paper.size}</size><source_type>{paper.source_type}</source_type></version>"
        for number in range(1, paper.version + 1)
    )
    licence = "" if paper.licence is None else f"<license>{paper.licence}</license>"
    return (
        f'<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{paper.key}</id><submitter>Ada</submitter>{versions}'
        f"<title>Mash\n  {paper.key}</title><authors>Ada Miller (1), Bo Cooper and C. Bal\\'azs, Jr. ((1) Mill (North))</authors>"
        f"<categories>cs.CL q-bio.QM</categories><comments>{escape(paper.comment)}</comments>{licence}"
        f"<abstract>  Warm &amp; wet.\n</abstract></arXivRaw></metadata>"
    )


def entry(paper):
    moment = paper.submitted + timedelta(days=paper.version - 1)
    comment = f"<arxiv:comment>{escape(paper.comment)}</arxiv:comment>" if paper.comment else ""
    return (
        f"<entry><id>http://arxiv.org/abs/{paper.key}v{paper.version}</id><title>Mash {paper.key}</title>"
        f"<updated>{moment:%Y-%m-%dT%H:%M:%SZ}</updated><published>{paper.submitted:%Y-%m-%dT%H:%M:%SZ}</published>"
        f"<summary>Warm &amp; wet.</summary><author><name>Ada Miller</name></author>{comment}</entry>"
    )


@pytest.fixture
def world(serve):
    world = World()
    world.service = serve(world.answer)
    return world


def papers(world, **options):
    options = {"endpoint": f"{world.service.address}/api/query", "delay_s": 0.0} | options
    return ArxivPapers(
        name="papers", **(options if options.keys() & {"ids", "sets"} else {"query": "all:mash"} | options)
    )


def collected(source, desk, night="2026-11-20"):
    """Run one night and return its rows by key, with bodies, and the progress."""
    moment = datetime.fromisoformat(f"{night}T03:00:00+00:00")
    desk = replace(desk, folder=f"state/raw/{night}/api", now=lambda: moment)
    progress = source.collect(desk)
    rows = {}
    for path in desk.store.paths(desk.folder):
        if path.endswith(".parquet"):
            raw = desk.store.read_table(path)
            for row, body in zip(raw.to_pylist(), bodies(desk.store, raw).to_pylist(), strict=True):
                rows[row["id"].removeprefix("api/")] = row | {"body": body}
    return rows, progress


# --- licences ---


@pytest.mark.parametrize(
    ("link", "licence"),
    [
        (BY, "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/3.0", "CC-BY-3.0"),
        (SHARE, "CC-BY-SA-4.0"),
        (NON_COMMERCIAL, "CC-BY-NC-ND-4.0"),
        ("http://creativecommons.org/licenses/by-nc-sa/3.0/", "CC-BY-NC-SA-3.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("http://creativecommons.org/licenses/publicdomain/", "CC-PDDC"),
        (ARXIV_ONLY, "LicenseRef-arXiv-nonexclusive-distrib-1.0"),
        ("http://arxiv.org/licenses/assumed-1991-2003/", "LicenseRef-arXiv-assumed-1991-2003"),
        ("", "NOASSERTION"),
        ("http://creativecommons.org.evil.test/licenses/by/4.0/", "NOASSERTION"),
        ("http://creativecommons.org/licenses/by/9.9/", "NOASSERTION"),
    ],
)
def test_a_licence_is_known_by_its_link(link, licence):
    assert spdx_of(link) == licence


def test_only_licences_that_let_everyone_pass_a_paper_on_are_taken_by_default():
    assert not [licence for licence in REDISTRIBUTABLE if "NC" in licence or "ND" in licence or "LicenseRef" in licence]


# --- texts ---


def test_a_paper_under_an_open_licence_is_taken_whole(world, api_desk):
    world.add("2611.00001", version=2)
    rows, _ = collected(papers(world), api_desk)
    row = rows["2611.00001"]
    assert (row["body"], row["media_type"], row["licence"]) == (SOURCE, "application/x-eprint", "CC-BY-4.0")
    assert "record of 2026-11-18 names http://creativecommons.org/licenses/by/4.0/" in row["licence_evidence"]
    assert "verb=GetRecord&identifier=oai:arXiv.org:2611.00001" in row["licence_evidence"]
    assert row["attribution"] == (
        'Ada Miller, Bo Cooper, C. Balázs Jr.: "Mash 2611.00001", arXiv:2611.00001v2, '
        f"https://arxiv.org/abs/2611.00001, licence {BY}"
    )
    assert (row["url"], row["kind"], row["title"]) == ("https://arxiv.org/abs/2611.00001", "paper", "Mash 2611.00001")
    assert row["created_at"] == datetime(2026, 11, 17, 9, 30, tzinfo=UTC)
    assert row["updated_at"] == datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
    assert row["author"] == "Ada Miller"
    assert world.asked == ["api", "oai", "e-print"]


@pytest.mark.parametrize("link", [ARXIV_ONLY, NON_COMMERCIAL, None])
def test_of_any_other_paper_only_the_abstract_is_taken(world, api_desk, link):
    world.add("2611.00001", licence=link)
    rows, _ = collected(papers(world), api_desk)
    row = rows["2611.00001"]
    assert (row["licence"], row["media_type"]) == ("CC0-1.0", "application/atom+xml;type=entry")
    assert b"Warm &amp; wet." in row["body"]
    assert world.asked == ["api", "oai"]


def test_papers_without_an_allowed_text_are_refused_where_only_texts_are_wanted(world, api_desk):
    world.add("2611.00001", licence=ARXIV_ONLY)
    world.add("2611.00002", source=b"%PDF-1.5", page=404)
    world.add("2611.00003")
    rows, progress = collected(papers(world, papers="full-text"), api_desk)
    assert rows["2611.00001"]["refusal"] == "licence-not-allowed"
    assert rows["2611.00001"]["refusal_detail"] == f"it is under {ARXIV_ONLY}"
    assert rows["2611.00001"]["licence"] == "LicenseRef-arXiv-nonexclusive-distrib-1.0"
    assert rows["2611.00002"]["refusal"] == "unsupported-type"
    assert rows["2611.00003"]["body"] == SOURCE
    assert (progress.stored, progress.refused) == (1, 2)


def test_other_licences_can_be_allowed(world, api_desk):
    world.add("2611.00001", licence=NON_COMMERCIAL)
    rows, _ = collected(papers(world, licences=["CC-BY-NC-ND-4.0"]), api_desk)
    assert rows["2611.00001"]["licence"] == "CC-BY-NC-ND-4.0"


@pytest.mark.parametrize(
    "facts",
    [
        {"source": b"%PDF-1.5"},
        {"source": gzip.compress(b"%!PS-Adobe-3.0")},
        {"source": gzip.compress(b"<html>"), "source_type": ""},
        {"source": 404},
        {"source": b""},
        {"source_type": "SD"},
        {"source_type": "X"},
        {"size": "999999kb"},
        {"source": b"\x1f\x8bbroken"},
    ],
)
def test_where_there_is_no_latex_the_html_is_taken(world, api_desk, facts):
    world.add("2611.00001", **facts)
    row = collected(papers(world), api_desk)[0]["2611.00001"]
    assert (row["body"], row["media_type"]) == (PAGE, "text/html; profile=arxiv-html")
    asks_in_vain = isinstance(facts.get("source"), bytes | int)
    assert world.asked == ["api", "oai", *(["e-print"] if asks_in_vain else []), "html"]


@pytest.mark.parametrize(
    "page", [404, NO_PAGE, PAGE + b"<p>Conversion to HTML had a Fatal error and exited abruptly.</p>"]
)
def test_where_there_is_no_text_the_abstract_is_taken(world, api_desk, page):
    world.add("2611.00001", source=404, page=page)
    row = collected(papers(world), api_desk)[0]["2611.00001"]
    assert (row["licence"], row["media_type"]) == ("CC0-1.0", "application/atom+xml;type=entry")


def test_the_forms_are_asked_for_in_the_order_of_the_recipe(world, api_desk):
    world.add("2611.00001")
    row = collected(papers(world, full_text=["html", "latex"]), api_desk)[0]["2611.00001"]
    assert row["body"] == PAGE
    assert world.asked == ["api", "oai", "html"]


def test_a_text_that_is_too_large_is_left_out(world, api_desk, monkeypatch):
    monkeypatch.setattr("scrapers.clients.arxiv_texts.MAX_BYTES", 50)
    world.add("2611.00001", size="0kb")
    row = collected(papers(world, papers="full-text"), api_desk)[0]["2611.00001"]
    assert row["refusal"] == "too-large"
    world.add("2611.00002", size="10kb")
    row = collected(papers(world, papers="full-text"), api_desk, "2026-11-21")[0]["2611.00002"]
    assert row["refusal_detail"].endswith("bytes")


@pytest.mark.parametrize(
    "facts", [{"comment": "This paper has been withdrawn"}, {"source_type": "I"}, {"is_deleted": True}]
)
def test_a_withdrawn_or_deleted_paper_is_gone(world, api_desk, facts):
    world.add("2611.00001")
    collected(papers(world), api_desk)
    world.add("2611.00001", version=2, **facts)
    row = collected(papers(world), api_desk, "2026-11-21")[0]["2611.00001"]
    assert (row["refusal"], row["body"]) == ("gone", None)


def test_a_paper_that_replaces_a_withdrawn_one_is_not_gone():
    paper = Paper("2611.00001", 1, "t", "a", (), comment="12 pages. Replaces the withdrawn arXiv:2610.00001")
    assert not paper.is_withdrawn
    assert replace(paper, comment="Withdrawn due to an error in lemma 2").is_withdrawn


def test_a_paper_that_oai_does_not_know_yet_is_asked_after_again(world, api_desk):
    world.add("2611.00001", in_oai=False)
    assert collected(papers(world), api_desk)[0]["2611.00001"]["licence"] == "CC0-1.0"
    world.add("2611.00001")
    assert collected(papers(world), api_desk, "2026-11-21")[0]["2611.00001"]["licence"] == "CC-BY-4.0"


def test_arxiv_refusing_everything_ends_the_night(world, api_desk):
    for number in range(9):
        world.add(f"2611.0000{number}", source=403, page=403)
    with pytest.raises(SourceError, match=r"papers: 3 papers in a row could not be had \(.*HTTP 403"):
        collected(papers(world), api_desk)
    assert world.asked.count("e-print") + world.asked.count("html") == 3


# --- what could not be had ---


def healed(world):
    for paper in world.papers.values():
        paper.source, paper.page, paper.record = SOURCE, PAGE, 200
    world.asked.clear()


@pytest.mark.parametrize(
    "source", [400, 401, 403, 451, 500, 503, "/e-print/2611.00001v1", "http://[", "gopher://a.test/"]
)
@pytest.mark.usefixtures("fake_clock")
def test_a_text_that_could_not_be_had_is_asked_for_again(world, api_desk, source):
    world.add("2611.00001", source=source)
    rows, progress = collected(papers(world), api_desk)
    row = rows["2611.00001"]
    assert (row["refusal"], row["etag"], progress.stored) == ("unreachable", None, 0)
    assert row["refusal_detail"].endswith("try again later")
    assert world.asked[:3] == ["api", "oai", "e-print"]
    assert set(world.asked[3:]) <= {"e-print"}
    healed(world)
    assert collected(papers(world), api_desk, "2026-11-21")[0]["2611.00001"]["body"] == SOURCE
    assert world.asked == ["api", "api", "oai", "e-print"]
    world.asked.clear()
    assert collected(papers(world), api_desk, "2026-11-22")[1].unchanged == 1
    assert world.asked == ["api"]


@pytest.mark.parametrize("options", [{}, {"sets": ["cs:cs:CL"]}])
def test_papers_before_a_night_that_was_given_up_are_not_passed_over(world, api_desk, options):
    for number in range(9):
        world.add(
            f"2611.0000{number}",
            day=f"2026-11-1{number}",
            source=403,
            submitted=datetime(2026, 10, 9 - number, tzinfo=UTC),
        )
    for night in ("2026-11-20", "2026-11-21"):
        with pytest.raises(SourceError, match="in a row"):
            collected(papers(world, **options), api_desk, night)
    healed(world)
    rows, progress = collected(papers(world, **options), api_desk, "2026-11-22")
    assert rows.keys() == world.papers.keys()
    assert (progress.stored, progress.refused) == (9, 0)
    assert world.asked.count("e-print") == 9


@pytest.mark.usefixtures("fake_clock")
def test_one_text_that_always_fails_keeps_nothing_back_and_is_asked_for_in_another_form(world, api_desk):
    for number in range(5):
        world.add(f"2611.0000{number}", submitted=datetime(2026, 11, 1 + number, tzinfo=UTC))
    world.papers["2611.00003"].source = 500
    assert collected(papers(world), api_desk)[1].stored == 4
    for night in (21, 22):
        rows, _ = collected(papers(world), api_desk, f"2026-11-{night}")
        assert not rows  # it was asked for, and there is nothing new to say
    assert world.asked.count("html") == 0
    assert collected(papers(world), api_desk, "2026-11-23")[0]["2611.00003"]["body"] == PAGE


@pytest.mark.usefixtures("fake_clock")
def test_papers_that_never_can_be_had_keep_nothing_back(world, api_desk):
    for number in range(14):
        world.add(f"2611.{number:05d}", source=500 if number < 12 else SOURCE, page=500)
    source = papers(world, ids=[*world.papers], query="all:mash")
    stored, failed = set(), 0
    for night in range(1, 13):
        try:
            rows, _ = collected(source, api_desk, f"2026-11-{night:02}")
            stored |= {key for key, row in rows.items() if row["refusal"] is None}
        except SourceError:
            failed += 1
    assert (stored, failed) == ({"2611.00012", "2611.00013"}, 5)
    world.papers["2611.00011"].source = SOURCE
    found = [collected(source, api_desk, f"2026-11-{night}")[0] for night in range(13, 21)]
    assert any(rows.get("2611.00011", {}).get("body") == SOURCE for rows in found)


@pytest.mark.usefixtures("fake_clock")
def test_one_record_that_always_fails_keeps_nothing_back(world, api_desk):
    for number in range(5):
        world.add(f"2611.0000{number}")
    world.papers["2611.00003"].record = 500
    rows, progress = collected(papers(world), api_desk)
    assert (progress.stored, rows["2611.00003"]["refusal"]) == (4, "unreachable")
    healed(world)
    assert collected(papers(world), api_desk, "2026-11-21")[0]["2611.00003"]["body"] == SOURCE


def test_texts_that_fail_between_papers_without_text_are_in_a_row(world, api_desk):
    for number in range(12):
        world.add(f"2611.{number:05d}", licence=BY if number % 3 else ARXIV_ONLY, source=403)
    with pytest.raises(SourceError, match="3 papers in a row"):
        collected(papers(world, sets=["cs:cs:CL"]), api_desk)
    assert world.asked.count("e-print") == 3


def test_what_is_stored_stands_while_its_new_version_cannot_be_had(world, api_desk):
    world.add("2611.00001")
    collected(papers(world), api_desk)
    world.add("2611.00001", version=2, source=403)
    rows, _ = collected(papers(world), api_desk, "2026-11-21")
    assert is_transient(rows["2611.00001"]["refusal"])
    healed(world)
    row = collected(papers(world), api_desk, "2026-11-22")[0]["2611.00001"]
    assert (row["body"], row["etag"].split()[0]) == (SOURCE, "v2")


def test_a_set_asks_again_for_what_its_list_no_longer_names(world, api_desk):
    source = papers(world, sets=["cs:cs:CL"])
    world.add("2611.00001", day="2026-11-01", source=403)
    world.add("2611.00002", day="2026-11-18")
    assert collected(source, api_desk)[1].stored == 1
    healed(world)
    assert collected(source, api_desk, "2026-11-21")[0]["2611.00001"]["body"] == SOURCE
    assert world.asked == ["oai", "api", "oai", "e-print"]


@pytest.mark.parametrize("facts", [{"is_deleted": True}, {"comment": "Withdrawn"}])
def test_a_paper_that_is_gone_is_owed_no_more(world, api_desk, facts):
    source = papers(world, sets=["cs:cs:CL"])
    world.add("2611.00001", source=403)
    collected(source, api_desk)
    world.add("2611.00001", day="2026-11-20", source=403, **facts)
    world.asked.clear()
    assert collected(source, api_desk, "2026-11-21")[0]["2611.00001"]["refusal"] == "gone"
    assert world.asked == ["oai"]


def test_a_part_of_every_budget_is_kept_for_what_is_owed(world, api_desk):
    for number in range(30):
        world.add(f"2611.{number:05d}", submitted=datetime(2026, 11, 1 + number, tzinfo=UTC) - timedelta(days=40))
    world.papers["2611.00029"].source = 403
    source = papers(world, max_results=2)
    rows, _ = collected(source, api_desk)
    assert [row["refusal"] for row in rows.values()] == ["unreachable", None]
    healed(world)
    for _ in range(3):  # run again and again on the same night
        rows, progress = collected(source, api_desk, "2026-11-21")
        assert progress.stored == 2
    assert rows["2611.00029"]["body"] == SOURCE


def test_a_run_that_is_killed_forgets_nothing_that_is_owed(world, api_desk, monkeypatch):
    monkeypatch.setattr("scrapers.crawl.archive.PART_ROWS", 1)
    world.add("2611.00001", day="2026-11-01", source=403)
    world.add("2611.00002", day="2026-11-02")
    source = papers(world, sets=["cs:cs:CL"])

    class Kill(BaseException):
        pass

    for reports in range(1, 9):
        left = [reports]

        def report(_, left=left):
            left[0] -= 1
            if not left[0]:
                raise Kill

        night = f"state/raw/2026-11-20-{reports}/api"
        try:
            source.collect(replace(api_desk, folder=night, report=report))
        except Kill:
            continue
        break
    healed(world)
    rows, _ = collected(source, api_desk, "2026-11-21")
    assert rows["2611.00001"]["body"] == SOURCE


# --- nights ---


def test_a_second_night_asks_only_for_what_is_new(world, api_desk):
    for number in range(5):
        world.add(f"2611.0000{number}", licence=BY if number % 2 else ARXIV_ONLY)
    collected(papers(world), api_desk)
    assert (world.asked.count("oai"), world.asked.count("e-print")) == (5, 2)
    world.asked.clear()
    rows, progress = collected(papers(world), api_desk, "2026-11-21")
    assert (rows, progress.unchanged, world.asked) == ({}, 5, ["api"])
    world.add("2611.00001", version=2)
    world.add("2611.00009")
    world.asked.clear()
    rows, _ = collected(papers(world), api_desk, "2026-11-22")
    assert set(rows) == {"2611.00001", "2611.00009"}
    assert world.asked == ["api", "oai", "e-print", "oai", "e-print"]


def test_other_rules_make_every_document_anew(world, api_desk):
    world.add("2611.00001")
    abstract = collected(papers(world, full_text=[]), api_desk)[0]["2611.00001"]
    assert world.asked == ["api"]
    text = collected(papers(world), api_desk, "2026-11-21")[0]["2611.00001"]
    assert (abstract["licence"], text["licence"]) == ("CC0-1.0", "CC-BY-4.0")


def test_ids_are_taken_and_unknown_ones_are_gone(world, api_desk):
    world.add("2611.00001")
    world.add("math/0301001", licence=SHARE)
    source = papers(world, ids=["2611.00001v1", "math/0301001", "2611.09999"])
    rows, _ = collected(source, api_desk)
    assert {key: row["refusal"] for key, row in rows.items()} == {
        "2611.00001": None, "math/0301001": None, "2611.09999": "gone",
    }  # fmt: skip
    world.asked.clear()
    del world.papers["math/0301001"]
    rows, progress = collected(source, api_desk, "2026-11-21")
    assert (rows, progress.unchanged, world.asked) == ({}, 3, ["api"])  # what an answer leaves out stays


# --- sets ---


def test_a_set_is_harvested_with_licences_in_the_list(world, api_desk):
    for number in range(7):
        world.add(f"2611.0000{number}", day=f"2026-11-1{number}", licence=BY if number < 2 else ARXIV_ONLY)
    rows, progress = collected(papers(world, sets=["cs:cs:CL"]), api_desk)
    assert progress.stored == 7
    assert world.asked == ["oai", "e-print", "e-print", "oai", "oai"]
    assert rows["2611.00003"]["licence"] == "CC0-1.0"
    entry = etree.fromstring(rows["2611.00003"]["body"])
    names = [name.text for name in entry.iter("{http://www.w3.org/2005/Atom}name")]
    assert names == ["Ada Miller", "Bo Cooper", "C. Balázs Jr."]
    assert entry.findtext("{http://www.w3.org/2005/Atom}published") == "2026-11-17T09:30:00Z"


def test_the_next_harvest_begins_the_day_before_the_last_one(world, api_desk):
    source = papers(world, sets=["cs:cs:CL"])
    for number in range(7):
        world.add(f"2611.0000{number}", day=f"2026-11-1{number}")
    collected(source, api_desk)
    world.asked.clear()
    world.add("2611.00001", day="2026-11-20", version=2)
    world.add("2611.00007", day="2026-11-21")
    world.add("2611.00002", day="2026-11-21", is_deleted=True)
    world.today = "2026-11-21"
    rows, _ = collected(source, api_desk, "2026-11-21")
    assert {key: row["refusal"] for key, row in rows.items()} == {
        "2611.00001": None,
        "2611.00002": "gone",
        "2611.00007": None,
    }
    assert world.asked == ["oai", "e-print", "e-print"]
    assert "from=2026-11-19" in world.service.asked[-3][0]
    world.asked.clear()
    rows, progress = collected(source, api_desk, "2026-11-22")
    assert (rows, progress.unchanged, world.asked) == ({}, 3, ["oai"])


def test_a_changed_date_or_licence_is_followed_without_asking_for_the_text_twice(world, api_desk):
    source = papers(world, sets=["cs:cs:CL"])
    world.add("2611.00001")
    world.add("2611.00002", licence=ARXIV_ONLY)
    collected(source, api_desk)
    world.asked.clear()
    world.add("2611.00001", day="2026-11-21")  # an administrator's touch
    world.add("2611.00002", day="2026-11-21", licence=SHARE)
    rows, _ = collected(source, api_desk, "2026-11-21")
    assert {key: row["licence"] for key, row in rows.items()} == {"2611.00002": "CC-BY-SA-4.0"}
    assert world.asked == ["oai", "e-print"]


def test_a_set_larger_than_a_nights_budget_is_whole_after_some_nights(world, api_desk):
    for number in range(40):
        world.add(
            f"2611.{number:05d}", day=f"2026-10-{1 + number // 4:02}", licence=BY if number % 5 == 0 else ARXIV_ONLY
        )
    source = papers(world, sets=["cs:cs:CL"], max_results=9)
    found = {}
    for night in range(5):
        rows, progress = collected(source, api_desk, f"2026-11-{20 + night}")
        assert progress.stored == min(9, len(world.papers) - len(found))
        assert not rows.keys() & found.keys()
        found |= rows
        if night == 0:
            world.add("2610.99999", day="2026-11-21")
    rows, _ = collected(source, api_desk, "2026-11-26")
    assert (found | rows).keys() == world.papers.keys()
    assert world.asked.count("e-print") == 8 + 1
    assert world.asked.count("oai") <= 14 + 2 * 6  # its pages, and where nights met


def test_a_list_that_expires_half_way_is_completed(world, api_desk):
    for number in range(10):
        world.add(f"2611.{number:05d}", day=f"2026-11-{1 + number}", licence=ARXIV_ONLY)
    world.expires = True
    rows, _ = collected(papers(world, sets=["cs:cs:CL"]), api_desk)
    assert rows.keys() == world.papers.keys()


def test_a_killed_harvest_goes_on_at_its_day(world, api_desk, monkeypatch):
    monkeypatch.setattr("scrapers.crawl.archive.PART_ROWS", 5)
    for number in range(30):
        world.add(f"2611.{number:05d}", day=f"2026-10-{1 + number}")
    source = papers(world, sets=["cs:cs:CL"], max_results=1000)

    class Kill(BaseException):
        pass

    def report(progress):
        if progress.stored == 17:
            raise Kill

    moment = datetime(2026, 11, 20, 3, tzinfo=UTC)
    desk = replace(api_desk, folder="state/raw/2026-11-20/api", now=lambda: moment, report=report)
    with pytest.raises(Kill):
        source.collect(desk)
    world.asked.clear()
    rows, _ = collected(source, api_desk)
    assert rows.keys() == world.papers.keys()
    assert world.asked.count("e-print") == 30 - 17
    assert len(set(world.asked)) == 2


def test_only_changes_from_a_day_on_can_be_asked_for(world, api_desk):
    world.add("2611.00001", day="2026-11-01")
    world.add("2611.00002", day="2026-11-10")
    rows, _ = collected(papers(world, sets=["cs:cs:CL"], since="2026-11-05"), api_desk)
    assert set(rows) == {"2611.00002"}


@pytest.mark.parametrize("today", ["2027-11-20", "2026-13-45", "9999-99-99", "yesterday"])
def test_a_clock_there_that_went_wrong_hides_no_changes(world, api_desk, today):
    source = papers(world, sets=["cs:cs:CL"])
    world.add("2611.00001", day="2026-11-18")
    world.add("2611.00002", day=today)
    world.today = today
    collected(source, api_desk)
    world.today = "2026-11-21"
    world.papers["2611.00002"].day = "2026-11-20"
    world.add("2611.00003", day="2026-11-20")
    assert "2611.00003" in collected(source, api_desk, "2026-11-21")[0]


def test_a_wrong_set_is_named(world, api_desk):
    with pytest.raises(
        SourceError, match=r"papers: .*/oai refused the set 'cs:cs:XX': badArgument, Set does not exist$"
    ):
        collected(papers(world, sets=["cs:cs:XX"]), api_desk)


def test_a_paper_in_two_sets_and_a_query_is_asked_for_once(world, api_desk):
    world.add("2611.00001")
    collected(papers(world, query="all:mash", sets=["cs:cs:CL"], ids=["2611.00001"]), api_desk)
    assert world.asked == ["api", "oai", "e-print", "api", "oai"]


# --- terms ---


def test_all_of_arxivs_hosts_share_one_request_in_three_seconds(world, api_desk, fake_clock):
    for number in range(4):
        world.add(f"2611.0000{number}", source=404)
    started = fake_clock.time
    source = papers(world, delay_s=3.0)
    collected(source, api_desk)
    assert len(world.asked) == 1 + 4 * 3
    assert fake_clock.slept == [3.0] * 12
    assert fake_clock.time - started == 36.0  # every permitted moment was used
    turns = [path.name for path in (api_desk.machine / "turns").iterdir()]
    assert len(turns) == 1


def test_the_hosts_of_arxiv_have_one_pace_together(api_desk):
    session = ArxivPapers(name="a", query="b")._session(api_desk)
    hosts = (
        "https://export.arxiv.org/api/query",
        "https://oaipmh.arxiv.org/oai",
        "https://arxiv.org/html/2611.00001v1",
    )
    services = {session.get_adapter(address).service for address in hosts}
    assert [(service.host, service.delay_s) for service in services] == [("arxiv.org", 3.0)]


@pytest.mark.parametrize("name", ["endpoint", "oai_endpoint", "eprint_endpoint", "html_endpoint"])
def test_no_address_of_arxiv_may_be_asked_faster(name):
    ours = {"endpoint": "http://arxiv.test/api/query"} | {name: "https://arxiv.example/x"}
    with pytest.raises(ValidationError, match="at least 3"):
        ArxivPapers(name="a", query="b", delay_s=2.9, **ours)
    assert ArxivPapers(name="a", query="b", delay_s=3.0, **ours)


def test_with_no_texts_wanted_only_the_query_api_is_asked(world, api_desk):
    for number in range(4):
        world.add(f"2611.0000{number}")
    collected(papers(world, full_text=[]), api_desk)
    assert world.asked == ["api"]


def test_a_document_costs_little_cpu(world, api_desk):
    """Measured: 15 ms for a source of 300 kB, most of it packing; here with the server of the test."""
    for number in range(100):
        world.add(f"2611.{number:05d}", source=source_of(bytes(20_000)))
    started = time.process_time()
    _, progress = collected(papers(world), api_desk)
    assert progress.stored == 100
    assert (time.process_time() - started) / 100 < 0.1  # a machine that does other things too


# --- hostile input ---


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Miller", ("Ada Miller",)),
        ("Ada Miller, Bo Cooper, and Cy Brewer", ("Ada Miller", "Bo Cooper", "Cy Brewer")),
        ('A. M\\"uller and {\\O}. \\v{S}koda', ("A. Müller", "Ø. Škoda")),
        ("Martin Luther King, Jr., Ada Lovelace III", ("Martin Luther King Jr.", "Ada Lovelace III")),
        ("Ada (Mill (North, West)), Bo (ditto)", ("Ada", "Bo")),
        ("Alexandra Sandberg", ("Alexandra Sandberg",)),
        ("", ()),
    ],
)
def test_authors_are_told_apart(line, names):
    assert names_in(line) == names


def test_a_line_of_a_million_brackets_is_read_at_once():
    started = time.process_time()
    assert names_in("(" * 1_000_000) == ()
    assert names_in("()" * 500_000) == ()
    names_in("{\\" * 500_000)
    assert time.process_time() - started < 5


@given(st.binary(max_size=400))
def test_any_bytes_are_judged_without_a_crash(body):
    assert is_source(body) in (True, False)
    assert is_source(gzip.compress(body)) in (True, False)
    assert is_whole_page(body) in (True, False)


def test_a_bomb_is_not_unpacked():
    bomb = gzip.compress(bytes(50_000_000), 9)
    started = time.process_time()
    assert is_source(bomb)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("content", ["<x/>", '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"/>'])
def test_a_record_of_nothing_is_nothing(content):
    assert (
        deposit_of(Record("oai:arXiv.org:1", "2026-11-01", is_deleted=False, metadata=etree.fromstring(content)))
        is None
    )
    odd = '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><version version="x"><date>?</date><size>-</size></version></arXivRaw>'
    assert (
        deposit_of(Record("oai:arXiv.org:1", "", is_deleted=False, metadata=etree.fromstring(odd))).paper.version == 0
    )
