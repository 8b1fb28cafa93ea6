# ruff: noqa: RUF001 - the letters of other scripts are the test
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.suites.encoding import score
from corpus.charset import codecs_of, declared_encoding, decode_html, decode_text

RUSSIAN = "Пиво варят из солода, воды и хмеля, и так было всегда, пока стоит мельница."
JAPANESE = "麦芽と水とホップからビールを造ります。"
GERMAN = "Grüße aus der Mühle, wo Körner zu Mehl werden und die Räder größer sind."


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("windows-1251", "cp1251"), ("KOI8-R", "koi8_r"), ("iso-8859-5", "iso8859_5"), ("x-cp1251", "cp1251"), ("x-mac-cyrillic", "mac_cyrillic"),
    ],
)  # fmt: skip
def test_a_declaration_is_believed_wherever_it_stands(label, codec):
    text = f"<p>{RUSSIAN}"
    body = text.encode(codec)
    assert decode_html(body, f"text/html; charset={label}") == text
    assert decode_html(f'<meta charset="{label}">'.encode() + body, "text/html").endswith(text)
    assert decode_html(f"<?xml version='1.0' encoding='{label}'?>".encode() + body, "").endswith(text)
    assert decode_text(body, f'text/plain; format=flowed; charset="{label}"') == text


def test_a_declaration_that_the_bytes_contradict_is_passed_over():
    assert RUSSIAN in decode_html(f"<p>{RUSSIAN}".encode("cp1251"), "text/html; charset=utf-8")
    assert JAPANESE in decode_html(f'<meta charset="euc-jp"><p>{JAPANESE}'.encode(), "text/html")
    assert GERMAN in decode_html(f'<meta charset="iso-8859-1"><p>{GERMAN}'.encode(), "")
    assert RUSSIAN in decode_html(f'<meta charset="cp1251"><p>{RUSSIAN}'.encode("cp1251"), "text/html; charset=utf-8")
    assert decode_html(f"<p>{RUSSIAN}".encode("cp1251"), "text/html; charset=utf-16") == f"<p>{RUSSIAN}"


@pytest.mark.parametrize("character", ["ß", "水", "\U0001f300"])
def test_four_characters_of_utf_8_prove_it_against_a_declaration_and_fewer_do_not(character):
    for body in (character.encode() * 4, b"Malz " * 9 + character.encode() * 4 + b" Korn" * 9):
        assert decode_text(body, "text/plain; charset=iso-8859-1") == body.decode()
        fewer = body.replace(character.encode(), b"", 1)
        assert decode_text(fewer, "text/plain; charset=iso-8859-1") == fewer.decode("cp1252", "replace")
        assert decode_text(fewer, "text/plain") == fewer.decode()


def test_one_bad_byte_does_not_make_a_page_another_encoding():
    body = f"<p>{RUSSIAN}".encode() + b"\xff"
    assert decode_html(body, "text/html; charset=utf-8") == f"<p>{RUSSIAN}\ufffd"
    assert decode_html(body, "text/html") == f"<p>{RUSSIAN}\ufffd"


def test_latin_1_means_windows_1252():
    body = '<meta charset="iso-8859-1"><p>“Grüße” – 5 €'.encode("cp1252")
    assert decode_html(body, "text/html").endswith("“Grüße” – 5 €")


def test_a_narrow_encoding_keeps_its_characters_until_its_superset_is_needed():
    assert decode_text("ビール〜".encode("shift_jis"), "text/plain; charset=Shift_JIS") == "ビール〜"
    assert decode_text("ビール①".encode("cp932"), "text/plain; charset=Shift_JIS") == "ビール①"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_is_stronger_than_any_label(encoding):
    body = f"\ufeff<p>{RUSSIAN}".encode(encoding)
    assert decode_html(body, "text/html; charset=koi8-r") == f"<p>{RUSSIAN}"
    assert decode_text(body, "text/plain; charset=koi8-r") == f"<p>{RUSSIAN}"


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp932", "euc-jp", "utf-16-le", "utf-8", "iso2022_jp"])
def test_without_any_declaration_the_bytes_are_judged(encoding):
    text = JAPANESE * 3 if encoding in ("cp932", "euc-jp", "iso2022_jp") else RUSSIAN
    assert decode_text(text.encode(encoding), "text/plain") == text


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        (b'<meta charset="koi8-r">', "koi8-r"),
        (b'<!-- <meta charset="koi8-r"> -->', None),
        (b'<p title="<meta charset=koi8-r>">', None),
        (b'<meta name="x" content="text/html; charset=koi8-r">', None),
        (b'<META CONTENT="text/html; charset=koi8-r" HTTP-EQUIV=Content-Type>', "koi8-r"),
        (b'<meta charset="utf-16le">', "utf-8"),
        (b'<meta charset="nonsense"><meta charset="koi8-r">', "koi8-r"),
        (b'<meta charset="koi8-r', None),
        (b'<?xml version="1.0" encoding="koi8-r"?><html>', "koi8-r"),
        (b'\xef\xbb\xbf<meta charset="koi8-r">', "utf-8"),
        (b"<!--" + b"x" * 8000 + b'--><meta charset="koi8-r">', "koi8-r"),
    ],
)
def test_the_declaration_is_found_as_browsers_find_it(head, encoding):
    assert declared_encoding(head) == encoding


@pytest.mark.parametrize(
    "label", ["utf-7", "punycode", "idna", "unicode_escape", "hex", "zlib", "rot13", "undefined", "", "é", "x" * 9999]
)
def test_a_codec_that_is_no_encoding_of_pages_is_never_used(label):
    assert codecs_of(label) == ()
    assert decode_html(b"+ADw-b+AD4-", f"text/html; charset={label}") == "+ADw-b+AD4-"


@given(
    st.binary(max_size=400),
    st.text(max_size=20),
    st.sampled_from([b"", b"<meta charset=", b"<?xml encoding='", b"\xff\xfe"]),
)
def test_any_bytes_and_any_label_give_text(body, label, start):
    for media_type in (f"text/html; charset={label}", label):
        assert isinstance(decode_html(start + body, media_type), str)
        assert isinstance(decode_text(start + body, media_type), str)


@given(st.text())
def test_utf_8_that_says_so_is_always_read_as_it_is(text):
    assert decode_text(text.encode(), "text/plain; charset=utf-8") == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    "body",
    [b"<" * 2_000_000, b"<a " * 700_000, b'<a b="' * 400_000, b"<meta charset= " * 200_000, b"<?xml " + b"x" * 2_000_000, b"<!--" * 500_000,
     b"<meta" + b" a=b" * 500_000, bytes(range(256)) * 8_000, b"\x1b$B" * 600_000, b"\0" * 2_000_000, b"<meta charset=" + b" " * 2_000_000],
    ids=range(11),
)  # fmt: skip
def test_hostile_bytes_cost_no_more_than_their_length(body):
    start = time.process_time()
    assert isinstance(decode_html(body, "text/html"), str)
    assert time.process_time() - start < 3


def test_real_feeds_and_the_browsers_own_cases(shared_data):
    found = {one.metric: one.value for one in score(shared_data)}
    assert found["byte_samples right"] >= 199 / 210
    assert found["html_sniffing_cases right"] == 1
