import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.extract_subtitles import read_subtitles

SRT = """1
00:00:01,000 --> 00:00:03,000
<i>The mill stood</i>
by the river,

2
00:00:03,100 --> 00:00:05,000 X1:100 X2:200
{\\an8}and it ground &amp; ground. [Music]

3
00:00:05,000 --> 00:00:06,000
\u266a \u266a

4
00:00:12,000 --> 00:00:14,000
Years went by.
"""

VTT = """\ufeffWEBVTT - The mill
Kind: captions

STYLE
::cue { color: red }

REGION
id:fred

NOTE
not said --> at all

intro
00:01.000 --> 00:02.000 align:start position:0%
<v.loud Ada Miller>Is it <c.yellow>ground</c>?</v>

00:02.000 --> 00:03.000
<v Bob>Not yet,
I <00:02.500>think.

00:03.000 --> 00:04.000
<v Bob>But soon&nbsp;&lt;3.

00:04.000 --> 00:05.000
<v Ada Miller>Good.
"""

ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.000 --> 00:00:02.000 align:start position:0%
\x20
so<00:00:00.400><c> this</c><00:00:00.800><c> is</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
so this is
\x20

00:00:02.010 --> 00:00:04.000 align:start position:0%
so this is
how<00:00:02.400><c> it</c><00:00:02.800><c> goes</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
how it goes
\x20

00:00:04.010 --> 00:00:06.000 align:start position:0%
how it goes
[Applause]

00:00:06.000 --> 00:00:08.000 align:start position:0%
on and on
"""

TRANSCRIPT = """[00:00:01] ADA MILLER: Welcome.
It is good to be here.

Bob (00:12): Thanks.
BOB: Indeed: it is.
>> Someone else speaks.
"""


def text(source, media_type="text/vtt"):
    found = read_subtitles(source.encode(), media_type)
    assert (found.messages, found.problem, found.author, found.created_at) == (None, None, None, None)
    return found.text


def test_subrip_flows_over_cues_and_a_long_pause_starts_a_paragraph():
    assert text(SRT, "application/x-subrip") == "The mill stood by the river, and it ground & ground.\n\nYears went by."
    assert text(SRT.replace("\n", "\r\n")) == text(SRT)


def test_webvtt_gives_title_and_speakers_where_they_change():
    assert text(VTT) == "Ada Miller: Is it ground?\n\nBob: Not yet, I think. But soon <3.\n\nAda Miller: Good."
    assert read_subtitles(VTT.encode(), "text/vtt").title == "The mill"


def test_rolling_captions_are_said_once():
    assert text(ROLLING) == "so this is how it goes on and on"
    assert read_subtitles(ROLLING.encode(), "text/vtt").title is None


def test_what_is_said_twice_stays_twice():
    again = "1\n00:00:01,000 --> 00:00:02,000\nNo.\n\n2\n00:00:03,000 --> 00:00:04,000\nNo.\n"
    assert text(again) == "No. No."


def test_a_growing_caption_is_said_once():
    grown = "1\n00:00:01,000 --> 00:00:02,000\nwe are\n\n2\n00:00:02,000 --> 00:00:03,000\nwe are here\n"
    assert text(grown) == "we are here"


def test_a_transcript_keeps_speakers_and_loses_times():
    assert text(TRANSCRIPT, "text/plain") == (
        "Ada Miller: Welcome. It is good to be here.\n\nBob: Thanks.\n\nBOB: Indeed: it is.\n\nSomeone else speaks."
    )


def test_dashes_part_unnamed_speakers():
    assert text("1\n00:00:01,000 --> 00:00:02,000\n- Is it?\n- It is.\n") == "Is it?\n\nIt is."


def test_a_word_before_a_colon_is_no_speaker():
    cues = "1\n00:00:01,000 --> 00:00:02,000\nWe came.\nListen: this\n\n2\n00:00:02,500 --> 00:00:03,000\nis it.\n"
    assert text(cues) == "We came. Listen: this is it."


def test_capitals_and_repeated_names_are_speakers():
    cues = "1\n00:00:01,000 --> 00:00:02,000\nADA MILLER: Yes.\n\n2\n00:00:02,500 --> 00:00:03,000\nBob: No.\nBob: Never.\n"
    assert text(cues) == "Ada Miller: Yes.\n\nBob: No. Never."


def test_scripts_without_spaces_are_joined_without():
    assert text("1\n00:00:01,000 --> 00:00:02,000\n磨坊在\n河边。\n") == "磨坊在河边。"


def test_the_charset_of_the_media_type_counts():
    body = "1\n00:00:01,000 --> 00:00:02,000\nCafé à côté\n".encode("iso-8859-1")
    assert read_subtitles(body, "application/x-subrip; charset=iso-8859-1").text == "Café à côté"


def test_cues_without_blank_lines_between_are_told_apart():
    assert text("1\n00:00:01,000 --> 00:00:02,000\nOne\n2\n00:00:02,000 --> 00:00:03,000\ntwo.\n") == "One two."


def test_speech_without_pauses_is_cut_into_paragraphs_at_sentences():
    cues = "".join(
        f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\nThis is sentence number {n}.\n\n"
        for n in range(200)
    )
    paragraphs = text(cues).split("\n\n")
    assert 3 < len(paragraphs) < 10
    assert all(len(paragraph) < 1200 and paragraph.endswith(".") for paragraph in paragraphs)


@pytest.mark.parametrize(
    "body", [b"", b"WEBVTT", b"WEBVTT\n\nNOTE nothing\n", b"\n\n", b"1\n00:00:01,000 --> 00:00:02,000\n[Music]\n"]
)
def test_where_nothing_is_said_there_is_no_text(body):
    found = read_subtitles(body, "text/vtt")
    assert (found.text, found.problem) == ("", None)


def cue(said):
    return text(f"1\n00:00:01,000 --> 00:00:04,000\n{said}\n")


@pytest.mark.parametrize(
    "said",
    ["The agency (NASA) was (I) think in [sic] 1958.", "Read section (A) and array[0] then x = a[i] of (USA).",
     "Note # 5 and C # too.", "He wrote (a song) of it.", "[He] came with [the] others.", "(NASA)", "if x<b then y>c", "a<v then b>c",
     "a List<String> of <T> and <html>", "x < y and y > z", "&#" + "9" * 30],
)  # fmt: skip
def test_what_stands_in_brackets_within_speech_is_said(said):
    assert cue(said) == said.replace("&#" + "9" * 30, "\ufffd")


@pytest.mark.parametrize(
    ("said", "left"),
    [("[a door creaks]", ""), ("(DOOR SLAMS)", ""), ("(laughs)", ""), ("[a door\ncreaks]", ""), ("- [dog barks] [wind]\n- Who?", "Who?"), ("[Music] So.", "So."),
     ("(LAUGHS) So.", "So."), ("So (SIGHS LOUDLY) it is.", "So it is."), ("So [ __ ] what.", "So what."), ("【拍手】好", "好"), ("\u266a La la \u266a", "La la"),
     ("# La la #", "La la"), ('<font color="red">So</font><br/> <b>it</b> <C.yellow>is</C>.', "So it is."), ("<lang en>So</lang> it is.", "So it is.")],
)  # fmt: skip
def test_sounds_and_tags_go(said, left):
    assert cue(said) == left


def test_entities_of_any_number_are_read():
    assert cue("a &#65; &#x41; &#" + "1" * 5_000 + "; &#x" + "f" * 5_000 + "; b") == "a A A \ufffd \ufffd b"


@pytest.mark.parametrize(
    "attack",
    [
        "<v{}x",
        "<v{} x",
        "<v.{}",
        "<v {}<",
        "<font {}",
        "[{}",
        "({}",
        "{}#",
        "{}!",
        "&#{};",
        "&#x{}",
        "{}:",
        "WEBVTT {}",
        "WEBVTT -{}",
        "\ue110{}",
    ],
)
@pytest.mark.parametrize("piece", [".", " ", "=", "a", "A ", "9", "<v", "<v.", "[", ")", "-", ">", "<font ="])
def test_four_times_the_cue_takes_about_four_times_as_long(attack, piece, growth):
    head = "" if attack.startswith("WEBVTT") else "WEBVTT\n\n00:01.000 --> 00:02.000\n"

    def cue_of(count):
        return (head + attack.format(piece * count)).encode()

    read_subtitles(cue_of(24), "text/vtt")  # what is exponential ends here
    assert growth(lambda body: read_subtitles(body, "text/vtt"), cue_of, 2_000) < 10


@settings(max_examples=100, deadline=None)
@given(
    st.binary()
    | st.lists(
        st.sampled_from(
            [
                "1\n",
                "00:00:01.000 --> 00:00:02.000\n",
                "<v ",
                ">",
                "Ada: x\n",
                "\n",
                "-",
                "<c>",
                "&#",
                "[",
                "♪",
                "\ud7ff",
                "WEBVTT",
            ]
        )
    ).map(lambda parts: "".join(parts).encode())
)
def test_any_bytes_are_read(body):
    found = read_subtitles(body, "text/vtt")
    found.text.encode()
    assert "\ue110" not in found.text or b"\xee\x84\x90" in body


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<v ",
        "[",
        "00:00:01.000 --> 00:00:02.000\n",
        "A",
        "A ",
        "A: ",
        "♪",
        "{\\",
        "-",
        "\n",
        "00:00:01.000 --> 00:00:02.000\nA b\n\n",
        "&",
        " ",
    ],
)
def test_very_much_of_one_thing_is_read_in_little_time(piece):
    text(piece * (200_000 // len(piece)))
    text("00:00:01.000 --> 00:00:02.000\n" + piece * (200_000 // len(piece)))
