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
        "--\nAda Miller\n+49 170 1234567",
        "Von: Bob\nGesendet: Montag, 3. März 2025\nAn: Ada\nBetreff: Mehl\n\nGemahlen?",
        "寄件者: Bob <bob@bake.test>\n日期: 2025\n收件者: Ada\n\n磨好了嗎",
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


@pytest.mark.parametrize(
    "text",
    [
        "Dear all,\n\nWhat: the meeting\nWhen: 5 May 2024\nWhere: the mill\n\nThere will be cake.",
        "Details:\n\nDate: 5 May 2024\nSubject: mills\nMail: bob@bake.test\n\nPlease come.",
        "The trip:\n\nFrom: Rome\nTo: Naples\nDate: 5 May 2024\n\nPack well.",
        "The table:\n\n-----------\nName: Bob\nCity: Rome 2024\nAge: 5\n\nA conclusion.",
        "Notes\n=====================\nVersion: 2.0\nReleased: 2024\n\nThe text.",
    ],
)
def test_fields_that_name_no_mail_cut_nothing(text):
    assert read(text).text == text


@pytest.mark.parametrize(
    "tail",
    [
        "--\nannotated text\n\nMore was written.",
        "--\nis my favourite mark",
        "--\na@b.test\n1\n2\n3\n4\n5",
        "a -- b\nc@d.test",
    ],
)
def test_two_dashes_without_the_space_cut_only_above_a_card(tail):
    assert read(f"Hi.\n\n{tail}").text == f"Hi.\n\n{tail}"


def test_a_block_of_pgp_goes_only_whole():
    spoken = "To make one write\n-----BEGIN PGP PUBLIC KEY BLOCK-----\nand then nothing.\n\nThe end."
    assert read(spoken).text == spoken
    key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: GnuPG v2\n\nmQENBF\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----"
    assert read(f"{spoken}\n\n{key}\n\nBye.").text == f"{spoken}\n\nBye."
    prose = spoken.replace("The end.", "-----END PGP PUBLIC KEY BLOCK-----")
    assert read(prose).text == prose


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


@pytest.mark.parametrize(
    "title", ["R: A Language and Environment", "I: Claudius", "PD: law", "TR: 7 tips", "ENC: a primer", "RES: things"]
)
def test_letters_before_a_colon_are_of_the_title_unless_the_mail_answers_one(title):
    bare = title.partition(": ")[2]
    assert read_mail(f"Subject: {title}\n\nx".encode(), "").title == title
    for header in ("In-Reply-To", "References"):
        assert read_mail(f"Subject: {title}\n{header}: <1@mill.test>\n\nx".encode(), "").title == bare


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


@pytest.mark.parametrize(
    "hiding",
    ['style="display:none"', 'style="color: red; DISPLAY : none !important"', "hidden", 'style="max-height:0px;overflow:hidden"',
     'style="opacity: 0"', 'style="visibility: hidden"', 'style="mso-hide:all"'],
)  # fmt: skip
def test_what_html_hides_is_not_read(hiding):
    page = f"<html><body><div {hiding}>Preheader <p>words</p></div><p>The rye is ground and the wheat is next, as we said.</p></body></html>"
    found = read_mail((HEAD + "Content-Type: text/html\n\n" + page).encode(), "")
    assert found.text == "The rye is ground and the wheat is next, as we said."


@pytest.mark.parametrize("style", ["font-size:0px", "opacity:0.9", "max-height:05px", "x-display:none"])
def test_what_html_shows_is_read(style):
    page = f"<html><body><div style='{style}'><p>The rye is ground and the wheat is next, as we said.</p></div></body></html>"
    assert "rye" in read_mail((HEAD + "Content-Type: text/html\n\n" + page).encode(), "").text


def test_parameters_that_contradict_each_other_are_passed_over():
    assert read("Words.", "Content-Type: text/plain; a*0=x; a*=y; format*1=f; format*=flowed").text == "Words."
    for kind in ("multipart/mixed; boundary*0=b; boundary*=b", "text/plain; name*0=b; name*=b"):
        read("--b\n\nWords.\n--b--\n", f"Content-Type: {kind}")


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


@pytest.mark.parametrize(
    "attack",
    [
        "\n{}x",
        "\n----\n{}x",
        "\n-----BEGIN PGP SIGNED MESSAGE-----\n{}x",
        'Content-Type: text/plain; a="{}\n\nx',
        'Content-Type: multipart/mixed; boundary="{}\n\nx',
        'Content-Disposition: inline; filename="{}\n\nx',
        "Content-Type: text/html\n\n<p style='{}'>x",
        "Content-Type: text/html\n\n{}x",
    ],
)
@pytest.mark.parametrize("piece", ["-", "- ", ";", ";a", "\\;", " ", "display:none;", "<p hidden></p>t", "-----BEGIN PGP A-----\n", "a: b@c\n"])  # fmt: skip
def test_four_times_the_mail_takes_about_four_times_as_long(attack, piece, growth):
    def mail_of(chars):
        return (HEAD + attack.format(piece * (chars // len(piece)))).encode()

    assert growth(lambda body: read_mail(body, ""), mail_of, 16_000) < 10


def test_parts_in_parts_make_no_line_dear(growth):
    def mail_of(depth):
        parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
        return (HEAD + parts + "Content-Type: text/plain\n\n" + "a\n" * 50_000).encode()

    assert growth(lambda body: read_mail(body, ""), mail_of, 75) < 4


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
