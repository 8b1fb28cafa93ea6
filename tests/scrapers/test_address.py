# ruff: noqa: RUF001 - letters that look like others are the test
import ipaddress
import time
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.suites.url import score
from scrapers.crawl.address import authority, canonical, host_of, is_public, join, refused, resolve

URL_PIECES = st.lists(
    st.sampled_from(
        [
            "http://", "HTTPS:", "//", "/", "\\", "?", "#", "#!", "&", "=", ";", ":", "@", "[", "]", ".", "..", "%", "%2", "%2e", "%41", "%zz", "%C3",
            "é", "ß", "\u3002", "\ud800", "\t", " ", "+", "a", "b.org", "a.b.", "127.1", "0x7f", "::1", ":80", ":443", ":8080", "user", "utm_x=1",
            "sid=0123456789abcdef0", ";jsessionid=1", "(S(abcdefghijkl12))", "|", "'", "(", "*", "~",
        ]
    )
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("HTTP://Example.ORG:80/a?b=2&a=1#part", "http://example.org/a?a=1&b=2"),
        ("http://example.org#!route", "http://example.org/"),
        ("http://example.org./a", "http://example.org/a"),
        ("http://example.org.:8080/a", "http://example.org:8080/a"),
        ("http://example.org/a/./b/../c//d///e", "http://example.org/a/c/d/e"),
        ("http://example.org/save/http://b.test//x", "http://example.org/save/http://b.test/x"),
        ("http://example.org/%7euser/caf%c3%a9", "http://example.org/~user/caf%C3%A9"),
        ("http://example.org/50%/a%2fb", "http://example.org/50%25/a%2Fb"),
        ("http:\\\\example.org\\a", "http://example.org/a"),
        ("http://bücher.de/ä", "http://xn--bcher-kva.de/%C3%A4"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://a.org/?q=a%20b&q=a+b&c", "http://a.org/?c=&q=a+b&q=a+b"),
        ("http://a.org/?", "http://a.org/"),
        ("http://a.org/x?id=1&utm_source=n&UTM_Medium=m&fbclid=f&gclid=g&mc_eid=e&igshid=i", "http://a.org/x?id=1"),
        ("http://a.org/x;jsessionid=0A1B?PHPSESSID=z&id=1", "http://a.org/x?id=1"),
        ("http://a.org/x?ASPSESSIONIDQQ=z&sid=0123456789abcdef0123456789abcdef", "http://a.org/x"),
        ("http://a.org/x?sid=42&s=malt", "http://a.org/x?s=malt&sid=42"),
        ("http://a.org/x?session=morning", "http://a.org/x?session=morning"),
        ("http://a.org/(S(lit3py55t21z5v55vlm25s55))/order.aspx", "http://a.org/order.aspx"),
        ("http://a.org/a/.;sid=1/b", "http://a.org/a/b"),
        ("http://[0:0::1]:80/", "http://[::1]/"),
        ("mailto:a@b.org#x", "mailto:a@b.org"),
        ("a?b=1#frag", "a?b=1"),
        ("http://[", "http://["),
    ],
)
def test_the_name_of_a_page(url, name):
    assert canonical(url) == name
    assert canonical(name) == name


@given(st.one_of(st.text(), URL_PIECES, URL_PIECES.map("http://a.org/".__add__), URL_PIECES.map("https://".__add__)))
def test_any_string_has_one_name_and_no_reader_raises(text):
    name = canonical(text)
    assert canonical(name) == name
    assert authority(name) == authority(text)
    assert host_of(name) == host_of(text)
    join("http://a.org/b", text)
    join(text, "b")
    refused(text, allow_private=True)
    refused(text, allow_private=False)


@pytest.mark.parametrize(
    "url",
    ["http://a.org/" + "%" * 500_000, "http://a.org/?" + "&a=%41" * 200_000, "http://a.org/" + "/" * 500_000, "http://" + "a." * 300_000,
     "http://a.org/" + ";sid=1" * 200_000, "http://a.org/" + "(S(" * 300_000, "http://a.org/" + "../" * 300_000, "http://a.org/" + "é" * 300_000],
    ids=range(8),
)  # fmt: skip
def test_a_huge_url_costs_no_more_than_its_length(url):
    start = time.process_time()
    assert canonical(canonical(url)) == canonical(url)
    assert refused(url, allow_private=True)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("base", "href", "url"),
    [
        ("http://a.org/b/c", "../d", "http://a.org/d"),
        ("http://a.org/b/c", " \td\n#e ", "http://a.org/b/d#e"),
        ("http://a.org/b/c", "\\\\b.org\\d", "http://b.org/d"),
        ("http://a.org/b/c", "?q", "http://a.org/b/c?q"),
        ("https://a.org/b/c", "//b.org", "https://b.org/"),
        ("http://a.org/b/c", "", "http://a.org/b/c"),
        ("http://a.org/", "mailto:a@b.org", None),
        ("http://a.org/", "javascript:void(0)", None),
        ("http://a.org/", "http://[", None),
        ("http://a.org/", "http://b.org:99999/", None),
        ("b", "c", None),
    ],
)
def test_a_link_goes_where_a_browser_goes(base, href, url):
    assert join(base, href) == url


def test_the_authority_is_one_for_all_spellings_of_a_host():
    for url in ("http://a.org", "HTTP://A.ORG:80/x", "http://a.org./?q", "http://user@a.org/"):
        assert authority(url) == "http://a.org:80"
        assert host_of(url) == "a.org"
    assert authority("https://[::1]/") == "https://[::1]:443"
    assert host_of("https://a.org:8443/") == "a.org:8443"
    assert host_of("ftp://a.org/") is None
    assert host_of("a.org/x") is None
    assert authority("nonsense") == "://:0"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.0x0.0x0.0x1", "127.0.0.1.", "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1",
        "10.255.255.1", "169.254.169.254", "100.64.0.1", "192.168.1.1", "0", "224.0.0.1", "255.255.255.255",
        "[::1]", "[::]", "[::ffff:10.0.0.1]", "[::ffff:a00:1]", "[::127.0.0.1]", "[64:ff9b::10.0.0.1]", "[2002:a00:1::]", "[fe80::1]", "[fd00::1]",
        "localhost", "LOCALHOST.", "a.localhost", "printer.local", "db.internal", "nas.home.arpa", "abc.onion", "intranet", "local.",
    ],
)  # fmt: skip
def test_a_private_host_is_refused_in_any_notation(host):
    assert "not a public address" in refused(f"http://{host}/", allow_private=False)
    assert refused(f"http://{host}/", allow_private=True) is None


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "bücher.de",
        "93.184.215.14",
        "[2606:4700::1111]",
        "[2002:5db8:d70e::]",
        "mylocal.org",
        "localhost.org",
    ],
)
def test_a_public_host_is_asked(host):
    assert refused(f"http://{host}/", allow_private=False) is None
    assert refused(f"https://{host}:8443/x?y", allow_private=False) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://a.org:25/", "port 25"),
        ("http://a.org:6667/", "port 6667"),
        ("https://a.org:0/", "port 0"),
        ("http://user:secret@a.org/", "user name"),
        ("http://user@a.org/", "user name"),
        ("http://a.org\\@b.org/", "two ways"),
        ("http:a.org/", "two ways"),
        ("ftp://a.org/", "not ftp"),
        ("file:///etc/passwd", "not file"),
        ("//a.org/", "malformed"),
        ("http://a.org:99999/", "malformed"),
        ("http://a b.org/", "malformed"),
        ("http://a.org/" + "x" * 2083, "longer than 2083"),
    ],
)
def test_what_is_never_asked_is_refused_with_its_reason(url, reason):
    found = refused(url, allow_private=True)
    assert reason in found
    assert "secret" not in found


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_one_is_judged_as_itself(address):
    hidden = (
        f"::ffff:{address}",
        f"64:ff9b::{address}",
        str(ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80))),
    )
    assert {is_public(text) for text in hidden} == {is_public(str(address))}


@given(URL_PIECES.map("http://a.org".__add__))
def test_what_is_not_refused_has_one_host_for_every_reader(url):
    if refused(url, allow_private=True) is None:
        assert (
            authority(f"http://{urlsplit(url).hostname}/").split("://")[1].split(":")[0]
            == authority(url).split("://")[1].split(":")[0]
        )


def test_every_case_of_the_url_standard_and_of_w3lib(shared_data):
    found = {one.metric: one.value for one in score(shared_data)}
    assert found == {"w3lib_cases canonicalize agreement": 1, "whatwg_urltestdata agreement": 1}


def test_half_a_surrogate_pair_is_a_replacement_character():
    assert resolve("http://a.org/\ud800") == "http://a.org/%EF%BF%BD"
