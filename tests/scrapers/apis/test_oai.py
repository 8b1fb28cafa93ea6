"""Answers are written from the OAI-PMH 2.0 specification (openarchives.org/OAI/2.0/openarchivesprotocol.htm)."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import SourceError
from scrapers.clients.oai import Asked, Repository, parsed, records_of
from scrapers.clients.polite import Unanswered, polite_session, service_at

HEAD = '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
RECORD = (
    "<record><header{status}><identifier>oai:a:{key}</identifier><datestamp>{day}</datestamp><setSpec>cs</setSpec></header>"
    "{metadata}</record>"
)


def record(key, day, *, deleted=False):
    """Section 2.5: header, and metadata unless it was deleted (2.5.1)."""
    metadata = "" if deleted else f'<metadata><paper xmlns="urn:p"><title>Mash {key}</title></paper></metadata>'
    return RECORD.format(key=key, day=day, status=' status="deleted"' if deleted else "", metadata=metadata)


def answer(content, verb="ListRecords"):
    body = f"{HEAD}<responseDate>2026-11-21T03:00:00Z</responseDate><request>x</request><{verb}>{content}</{verb}></OAI-PMH>"
    return 200, {"Content-Type": "text/xml"}, body.encode()


def error(code, text="Because."):
    """Section 3.6."""
    body = f'{HEAD}<responseDate>2026-11-21T03:00:00Z</responseDate><error code="{code}">{text}</error></OAI-PMH>'
    return 200, {"Content-Type": "text/xml"}, body.encode()


def token(value, cursor=0):
    return f'<resumptionToken expirationDate="2026-11-22T00:00:00Z" completeListSize="6" cursor="{cursor}">{value}</resumptionToken>'


@pytest.fixture
def repository(serve, api_desk, fake_clock):  # noqa: ARG001 - nobody waits
    """Return a repository and its server, which answers from a list and fails when that is used up."""

    def start(*answers):
        queue = list(answers)
        service = serve(lambda _: queue.pop(0))
        session = polite_session(api_desk, service_at(api_desk, "arxiv.org", 3.0))
        return Repository("papers", f"{service.address}/oai", session), service, queue

    return start


def arguments(service):
    return [
        {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()} for target, _ in service.asked
    ]


def keys(pages):
    return [record.identifier.rpartition(":")[2] for page in pages for record in page.records]


def test_a_list_is_followed_to_its_end_with_the_token_alone(repository, fake_clock):
    one, two = record("1", "2026-11-01") + record("2", "2026-11-02"), record("3", "2026-11-02", deleted=True)
    harvest, service, queue = repository(answer(one + token("a&amp;b=c")), answer(two + token("")))
    pages = list(harvest.pages(Asked("oai_dc", "cs:cs:CL", "2026-11-01")))
    assert keys(pages) == ["1", "2", "3"]
    assert [record.is_deleted for page in pages for record in page.records] == [False, False, True]
    assert pages[0].response_date == "2026-11-21T03:00:00Z"
    assert arguments(service) == [
        {"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "cs:cs:CL", "from": "2026-11-01"},
        {"verb": "ListRecords", "resumptionToken": "a&b=c"},
    ]
    assert queue == []
    assert fake_clock.slept == [3.0]


def test_a_list_without_a_token_is_one_page(repository):
    harvest, service, _ = repository(answer(record("1", "2026-11-01")))
    assert keys(harvest.pages(Asked("oai_dc"))) == ["1"]
    assert arguments(service) == [{"verb": "ListRecords", "metadataPrefix": "oai_dc"}]


def test_nothing_new_is_no_error(repository):
    harvest, _, _ = repository(error("noRecordsMatch"))
    (page,) = harvest.pages(Asked("oai_dc", None, "2026-11-20"))
    assert (page.records, page.response_date) == ((), "2026-11-21T03:00:00Z")


def test_a_forgotten_list_starts_again_at_its_newest_day(repository):
    harvest, service, queue = repository(
        answer(record("1", "2026-11-01") + record("2", "2026-11-02") + token("t1")),
        error("badResumptionToken", "expired"),
        answer(record("2", "2026-11-02") + record("3", "2026-11-03")),
    )
    assert keys(harvest.pages(Asked("oai_dc", "cs", "2026-10-01"))) == ["1", "2", "2", "3"]
    assert arguments(service)[2] == {
        "verb": "ListRecords",
        "metadataPrefix": "oai_dc",
        "set": "cs",
        "from": "2026-11-02",
    }
    assert queue == []


def test_a_forgotten_list_whose_days_do_not_rise_starts_again_at_its_beginning(repository):
    harvest, service, _ = repository(
        answer(record("1", "2026-11-05") + record("2", "2026-11-02") + token("t1")),
        error("badResumptionToken"),
        answer(record("1", "2026-11-05")),
    )
    list(harvest.pages(Asked("oai_dc", None, "2026-10-01")))
    assert arguments(service)[2]["from"] == "2026-10-01"


def test_a_repository_that_always_forgets_is_left(repository):
    page = answer(record("1", "2026-11-01") + token("t1"))
    harvest, _, queue = repository(page, *([error("badResumptionToken"), page] * 3), error("badResumptionToken"), page)
    with pytest.raises(SourceError, match=r"papers: .*forgets its lists half-way"):
        list(harvest.pages(Asked("oai_dc")))
    assert queue == [page]


def test_a_page_that_names_itself_as_the_next_is_left(repository):
    page = answer(record("1", "2026-11-01") + token("t1"))
    harvest, _, _ = repository(page, page)
    with pytest.raises(SourceError, match="gives the same page again"):
        list(harvest.pages(Asked("oai_dc")))


@pytest.mark.parametrize("code", ["badArgument", "cannotDisseminateFormat", "noSetHierarchy"])
def test_a_wrong_question_is_answered_in_one_sentence(repository, code):
    harvest, service, _ = repository(error(code, "Set does\n not exist"))
    with pytest.raises(SourceError, match=f"papers: .*/oai refused the set 'cs:xx': {code}, Set does not exist$"):
        list(harvest.pages(Asked("oai_dc", "cs:xx")))
    assert len(service.asked) == 1


def test_one_record_is_got_and_an_unknown_one_is_none(repository):
    harvest, service, _ = repository(
        answer(record("1", "2026-11-01"), "GetRecord"), error("idDoesNotExist"), error("cannotDisseminateFormat")
    )
    found = harvest.record("oai:a:1", "oai_dc")
    assert (found.identifier, found.datestamp, found.metadata.tag) == ("oai:a:1", "2026-11-01", "{urn:p}paper")
    assert harvest.record("oai:a:2", "oai_dc") is None
    with pytest.raises(Unanswered, match="refused the record oai:a:3: cannotDisseminateFormat"):
        harvest.record("oai:a:3", "oai_dc")
    assert arguments(service)[0] == {"verb": "GetRecord", "identifier": "oai:a:1", "metadataPrefix": "oai_dc"}


def test_flow_control_is_obeyed(repository, fake_clock):
    """Section 3.1.2.2: 503 with Retry-After."""
    harvest, _, _ = repository((503, {"Retry-After": "20"}, b""), answer(record("1", "2026-11-01")))
    assert keys(harvest.pages(Asked("oai_dc"))) == ["1"]
    assert fake_clock.slept == [20.0]


def test_forbidden_characters_are_taken_out_and_nothing_is_lost(repository):
    status, headers, body = answer(record("1", "2026-11-01") + record("2", "2026-11-01"))
    harvest, service, _ = repository((status, headers, body.replace(b"Mash 1", b"Mash \x02 &#x1; &#11; \xff 1")))
    assert keys(harvest.pages(Asked("oai_dc"))) == ["1", "2"]
    assert len(service.asked) == 1


def test_an_answer_that_broke_off_is_asked_again_and_never_taken_for_the_end(repository):
    status, headers, body = answer(record("1", "2026-11-01") + record("2", "2026-11-01") + token("more"))
    harvest, _, _ = repository((status, headers, body[:300]), answer(record("1", "2026-11-01")))
    assert keys(harvest.pages(Asked("oai_dc"))) == ["1"]
    harvest, _, _ = repository((status, headers, body[:300]), (status, headers, body[:300]))
    with pytest.raises(SourceError, match=r"gave no OAI-PMH answer \(damaged XML.*\); run again later"):
        list(harvest.pages(Asked("oai_dc")))


def test_what_is_no_answer_is_named(repository):
    harvest, _, _ = repository(*[(404, {}, b"<html><body>gone</body></html>")] * 2)
    with pytest.raises(SourceError, match="HTTP 404"):
        harvest.record("oai:a:1", "oai_dc")


def test_a_record_that_leads_in_a_circle_is_only_not_to_be_had(repository):
    harvest, service, _ = repository(*[(302, {"Location": "/oai"}, b"")] * 100)
    with pytest.raises(Unanswered, match=r"gave no OAI-PMH answer \(TooManyRedirects\); run again later"):
        harvest.record("oai:a:1", "oai_dc")
    assert len(service.asked) < 100


def test_an_answer_may_not_be_endless(repository, monkeypatch):
    monkeypatch.setattr("scrapers.clients.oai.MAX_ANSWER_BYTES", 200)
    harvest, _, _ = repository(answer(record("1", "2026-11-01")))
    with pytest.raises(SourceError, match="larger than"):
        list(harvest.pages(Asked("oai_dc")))


def test_no_entity_is_expanded():
    lines = ['<!DOCTYPE OAI-PMH [<!ENTITY a0 "aaaaaaaaaa">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    bomb = (
        f'<?xml version="1.0"?>{"".join(lines)}]><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">&a11;</OAI-PMH>'
    )
    assert isinstance(parsed(bomb.encode()), str)
    outside = (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"/>'
    )
    assert parsed(outside) == "it has a document type"
    assert isinstance(parsed(HEAD.encode() + b"<a>" * 500_000), str)


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 400))
def test_hostile_answers_never_crash(noise, start, length):
    body = answer(record("1", "2026-11-01") + token("x"))[2]
    for content in (noise, body[:start] + noise + body[start + length :]):
        root = parsed(content)
        assert isinstance(root, str) or list(records_of(root)) is not None
