# ruff: noqa: RUF001 - the letters of other scripts are the test
import base64
import quopri
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.extract_mail import read_mail

HEAD = "From: Ada Miller <ada@mill.test>\nTo: bob@bake.test\nSubject: Re: Fwd: Flour\nDate: Tue, 04 Mar 2025 10:00:00 +0100\n"


def read(text, *headers):
    return read_mail((HEAD + "".join(f"{header}\n" for header in headers) + "\n" + text).encode(), "message/rfc822")


def test_a_plain_mail_gives_text_subject_name_and_date():
    found = read("Dear Bob,\r\n\r\nthe flour is ground.\r\n\r\nAda\r\n")
    assert found.text == "Dear Bob,\n\nthe flour is ground.\n\nAda"
    assert (found.title, found.author, found.problem) == ("Flour", "Ada Miller", None)
    assert found.created_at == datetime(2025, 3, 4, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "tail",
    [
        "-- \nAda Miller\nada@mill.test",
        "On Mon, 3 Mar 2025 at 09:00, Bob Baker <bob@bake.test> wrote:\n> Is it ground?\n>\n> Bob",
        "On Mon, 3 Mar 2025 at 09:00, Bob Baker\n<bob@bake.test> wrote:\n\n> Is it ground?\n> > or not",
        "Am 03.03.25 um 09:00 schrieb Bob:\n> Ist es gemahlen?",
        "Le lun. 3 mars 2025 à 09:00, Bob <bob@bake.test> a écrit :\n> Moulu ?",
        "El 3/3/2025 9:00, Bob escribió:\n> ¿Molido?",
        "Bob 写道：\n> 磨好了吗？",
        "-- \nAda\n\nOn Mon, 3 Mar 2025 at 09:00, Bob wrote:\n> Is it ground?",
        "-----Original Message-----\nFrom: Bob <bob@bake.test>\nSent: Monday, March 3, 2025\nTo: Ada\nSubject: Flour\n\nIs it ground?",
        "-------- Weitergeleitete Nachricht --------\nBetreff: Mehl\nDatum: Mon, 3 Mar 2025 09:00\nVon: Bob <bob@bake.test>\n\nText",
        "________________________________\nDe : Bob <bob@bake.test>\nEnvoyé : lundi 3 mars 2025\nÀ : Ada\nObjet : Farine\n\nMoulu ?",
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n-----END PGP SIGNATURE-----",
        "begin 644 a.bin\n#86)C\n`\nend",
    ],
)
def test_what_others_and_programs_added_below_goes(tail):
    assert read(f"Yes, it is: all of it.\n\n{tail}\n").text == "Yes, it is: all of it."


def test_a_quote_answered_in_between_stays_without_the_line_that_names_its_writer():
    text = "Hi,\n\nOn Mon, 3 Mar 2025 at 09:00, Bob <bob@bake.test>\nwrote:\n> Is it ground?\n>> It was not.\n\nYes.\n\n> And the rye?\nNo.\n> Bye.\n> Bob"
    assert read(text).text == "Hi,\n\n> Is it ground?\n\n> > It was not.\n\nYes.\n\n> And the rye?\n\nNo."


def test_a_mail_that_only_forwards_gives_what_was_forwarded():
    text = "---------- Forwarded message ---------\nFrom: Bob <bob@bake.test>\nDate: Mon, 3 Mar 2025\nSubject: Rye\nTo: <ada@mill.test>\n\nThe rye is ground.\n"
    assert read(text).text == "The rye is ground."


def test_a_list_of_terms_is_no_header():
    text = "Prices:\nRye: 3\nWheat: 4\nOats: 5\n\n-- that is all --\n\nBye"
    assert read(text).text == text


def test_flowed_text_is_unfolded():
    text = "A long \nparagraph \ngoes on.\n\n> quoted \n> too\n\nAfter.\n From the start.\n-- \nAda \nM"
    found = read(text, "Content-Type: text/plain; format=flowed")
    assert found.text == "A long paragraph goes on.\n\n> quoted too\n\nAfter.\nFrom the start."
    joined = read("漢 \n字", "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes")
    assert joined.text == "漢字"


@pytest.mark.parametrize(
    ("charset", "transfer", "encode"),
    [
        ("iso-8859-1", "quoted-printable", quopri.encodestring),
        ("utf-8", "base64", base64.encodebytes),
        ("utf-8", "8bit", bytes),
        ("windows-1252", "8bit", bytes),
    ],
)
def test_charsets_and_transfer_encodings_are_undone(charset, transfer, encode):
    head = HEAD + f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {transfer}\n\n"
    assert read_mail(head.encode() + encode("Käse für Zoë".encode(charset)), "").text == "Käse für Zoë"


def test_encoded_words_are_decoded_in_subject_and_name():
    head = "From: =?utf-8?B?w4lsb8Ovc2U=?= <e@x.test>\nSubject: =?iso-8859-1?Q?Re=3A_K=E4se?=\n =?utf-8?Q?_f=C3=BCr?= alle\nDate: never\n\nx"
    found = read_mail(head.encode(), "")
    assert (found.title, found.author, found.created_at) == ("Käse für alle", "Éloïse", None)


@pytest.mark.parametrize("subject", ["RE: AW: Sv: Rye", "Re[2]: Rye", "FW: Fwd: TR: Rye", "回复：Rye", "Re: re:Rye"])
def test_marks_of_answers_leave_the_subject(subject):
    assert read_mail(f"Subject: {subject}\n\nx".encode(), "").title == "Rye"


@pytest.mark.parametrize("sender", ["ada@mill.test", '"ada@mill.test" <ada@mill.test>', "", "<>"])
def test_an_address_is_no_name(sender):
    assert read_mail(f"From: {sender}\n\nx".encode(), "").author is None


def html_mail(plain):
    mail = EmailMessage()
    mail["From"] = "Ada <ada@mill.test>"
    if plain:
        mail.set_content(plain)
    page = "<html><body><p>The <b>rye</b> is ground and the wheat is next, as we said.</p><blockquote type='cite'><p>Is it?</p></blockquote></body></html>"
    mail.add_alternative(page, subtype="html")
    mail.add_attachment("Attached words", filename="a.txt")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    return mail.as_bytes()


def test_the_plain_alternative_is_read_else_the_html_and_attachments_never():
    assert read_mail(html_mail("Plain rye."), "").text == "Plain rye."
    assert read_mail(html_mail(""), "").text.replace("*", "") == "The rye is ground and the wheat is next, as we said."


def test_what_pgp_signed_is_read():
    text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWords.\n- - A dash.\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
    assert read(text).text == "Words.\n- A dash."


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n", "Content-Type: text/plain"),
        ("MIAGCSqGSIb3", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data"),
        (
            "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--\n",
            "Content-Type: multipart/encrypted; boundary=b",
        ),
    ],
)
def test_a_mail_for_its_receiver_alone_is_encrypted(text, header):
    assert (read(text, header).text, read(text, header).problem) == ("", "encrypted")


@pytest.mark.parametrize("body", [b"", b"\0\1\2", b"no mail at all", b"\n\n\n"])
def test_what_has_no_header_of_a_mail_is_broken(body):
    assert read_mail(body, "").problem == "broken"


def test_parts_nested_without_end_are_left_unread():
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(5_000))
    assert read_mail((HEAD + parts + "\nDeep").encode(), "").text == ""


@pytest.mark.parametrize(
    "piece",
    [">", "> ", "> a\n", "-- \n", "--\n", "From: a@b\n", "----\n", "-----BEGIN PGP MESSAGE-----\n", "begin 644 a\n", "wrote:\n> x\n",
     " ", "\n", "-", "a \n", "=?utf-8?q?a?= ", "- ", "_-", "begin 644 a\n#86)C\n"],
)  # fmt: skip
def test_very_much_of_one_thing_is_read_in_little_time(piece):
    much = piece * (100_000 // len(piece))
    read(much)
    read(much, "Content-Type: text/plain; format=flowed")
    read_mail(f"Subject: {' '.join(much[:20_000].split())}\nFrom: {' '.join(much[:20_000].split())}\n\nx".encode(), "")


MAIL = html_mail("A word.\n\nOn 3 Mar 2025 Bob wrote:\n> Yes\n-- \nAda")


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(MAIL)), st.integers(0, 30), st.binary(max_size=12)), max_size=8))
def test_a_damaged_mail_is_read_without_fault(damage):
    body = bytearray(MAIL)
    for place, length, junk in damage:
        body[place : place + length] = junk
    found = read_mail(bytes(body), "")
    "".join(filter(None, (found.text, found.title, found.author))).encode()


@settings(max_examples=80, deadline=None)
@given(st.binary(), st.binary())
def test_any_bytes_are_read(head, body):
    found = read_mail(
        b"Subject: " + head + b"\nFrom: " + head + b"\nDate: " + head + b"\nContent-Type: " + head + b"\n\n" + body, ""
    )
    "".join(filter(None, (found.text, found.title, found.author))).encode()
