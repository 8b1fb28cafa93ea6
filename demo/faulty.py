"""Pages no corpus wants, and good pages with something in them that must not survive."""

import base64
import hashlib
from collections.abc import Callable

from demo.page import Article, bullets, prose
from demo.phrasing import Dice, filled, paragraphs, subject_topics, topics

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Advertising without one of Gopher's stop words, of which prose has at least two.
OFFERS = (
    "buy your {malt} online today", "cheap {hop} for your next {beer}", "our best kettle is on sale this {month}",
    "we ship {yeast} in {n} days", "free bottle caps for every customer", "new in our shop: {litres} litre casks",
    "you will love our {beer} kit", "big discount on every {hop} order", "all you need for brewing at home",
    "ask us about our cheap pumps", "get more beer for less money", "save on hoses from {town}",
)  # fmt: skip

# Values in the shape of personal data, none of them anybody's: reserved names (RFC 2606), networks (RFC 5737), numbers
# kept for fiction (Ofcom, NANPA), the test cards of payment companies, the examples of the IBAN registry.
PERSONAL: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Write to {0} if you want the full table, and leave out the greeting.", ("agnes.miller@example.com",)),
    ("The workshop can be reached by telephone at {0} on weekday mornings, or by mail at {1}.",
     ("+44 20 7946 0958", "workshop@example.org")),
    ("The sensor in the cellar reports to the machine at {0}, which anyone in the hall can read.", ("203.0.113.45",)),
    ("By mistake the receipt shows the card {0}, so please cut it off before you pin it up.", ("4111 1111 1111 1111",)),
    ("Pay the fee to the account {0} before the end of the month.", ("GB82 WEST 1234 5698 7654 32",)),
    ("His tax form, with the social security number {0}, was used as a beer mat for a year.", ("219-09-9999",)),
    ("Call {0} for the key; the treasurer keeps the account {1} for deposits.",
     ("+1 202-555-0143", "DE89 3704 0044 0532 0130 00")),
    ("Questions go to {0}, and if the mail bounces try the server at {1} from inside the hall.",
     ("bertil@example.net", "198.51.100.27")),
    ("The old card {0} has expired, and {1} is the address for the new one.",
     ("5555 5555 5555 4444", "treasurer@example.com")),
)  # fmt: skip


def good_prose(seed: str, title: str, *more: str) -> Article:
    """Return a good article with the sentences ``more`` in its midst."""
    dice = Dice(seed)
    topic, beside = dice.sample(subject_topics(), 2)
    parts = paragraphs(dice, topic, topics("frames")["magazine"], beside)
    return Article(title, (*prose(parts[:2]), *prose(more), *prose(parts[2:])))


def personal(number: int) -> tuple[Article, tuple[str, ...]]:
    """Return an article with invented personal data, and the values it holds."""
    sentence, values = PERSONAL[number]
    return good_prose(f"personal/{number}", f"From the letters, number {number + 1}", sentence.format(*values)), values


def leaky(number: int, count: int) -> tuple[Article, tuple[str, ...]]:
    """Return an article with ``count`` invented credentials, and the credentials."""
    keys = tuple(_SECRETS[(number + turn) % len(_SECRETS)](f"{number}/{turn}") for turn in range(count))
    lines = [f"Whoever set up the brewhouse computer left this on a note beside it: {key}" for key in keys]
    return good_prose(f"leaky/{number}", f"The brewhouse computer, part {number + 1}", *lines), keys


def thin(number: int) -> Article:
    """Return a page of too few words."""
    dice = Dice(f"thin/{number}")
    return Article(f"Stub {number + 1}", prose([filled(dice.pick(dice.pick(subject_topics()).closings), dice)]))


def gibberish(number: int) -> Article:
    """Return random letters in the shape of words."""
    dice = Dice(f"gibberish/{number}")
    made = ["".join(dice.pick(LETTERS) for _ in range(3 + dice.below(7))) for _ in range(160)]
    return Article(f"Draft {number + 1}", prose([" ".join(made[:80]), " ".join(made[80:])]))


def soup(number: int) -> Article:
    """Return advertising without a sentence."""
    dice = Dice(f"soup/{number}")
    lines = [", ".join(filled(dice.pick(OFFERS), dice) for _ in range(14)) for _ in range(2)]
    return Article(f"Offers {number + 1}", prose(lines))


def salad(number: int) -> Article:
    """Return the words of an article in random order, the longer ones with their letters in random order too."""
    dice = Dice(f"salad/{number}")
    topic, beside = dice.sample(subject_topics(), 2)
    found = " ".join(paragraphs(dice, topic, topics("frames")["wiki"], beside)).lower().replace(",", "").split()
    mixed = [_scrambled(word, dice) for word in dice.sample(found, len(found))]
    return Article(f"Shuffled {number + 1}", prose([" ".join(mixed[::2]), " ".join(mixed[1::2])]))


def litany(number: int) -> Article:
    """Return one sentence many times."""
    dice = Dice(f"litany/{number}")
    sentence = filled(dice.pick(topics("frames")["shop"].middles), dice)
    return Article(f"Notice {number + 1}", prose([" ".join([sentence] * 8)] * 3))


def symbols(number: int) -> Article:
    """Return prose buried in hash signs."""
    article = good_prose(f"symbols/{number}", f"Tags {number + 1}")
    return Article(article.title, tuple(_tagged(block) for block in article.blocks))


def only_bullets(number: int) -> Article:
    """Return a page that is one long list."""
    dice = Dice(f"bullets/{number}")
    lines = [filled(line, dice) for line in dice.pick(subject_topics()).middles]
    return Article(
        f"List {number + 1}", (bullets([*lines, *(filled(line, dice) for line in topics("frames")["wiki"].middles)]),)
    )


def ellipses(number: int) -> Article:
    """Return teasers that all end in three dots."""
    dice = Dice(f"ellipsis/{number}")
    lines = [
        filled(line, dice).rsplit(" ", 4)[0].rstrip(",;") + " ..." for line in dice.pick(subject_topics()).middles[:14]
    ]
    return Article(f"Teasers {number + 1}", prose(lines))


def hexadecimal(number: int) -> Article:
    """Return a short introduction and a dump without letters."""
    dice = Dice(f"hex/{number}")
    intro = filled(
        "The file from {person} would not open, so here is what the machine in {town} read of it before it gave up.",
        dice,
    )
    dump = [" ".join(f"{dice.below(10000):04}" for _ in range(24)) for _ in range(6)]
    return Article(f"Dump {number + 1}", prose([intro, intro.replace("file", "second file"), *dump]))


def encoded(number: int) -> Article:
    """Return a line of prose and base64."""
    dice = Dice(f"base64/{number}")
    blocks = [base64.b64encode(hashlib.sha512(f"{number}/{part}".encode()).digest() * 2).decode() for part in range(60)]
    return Article(f"Attachment {number + 1}", prose([filled(topics("frames")["ask"].middles[number], dice), *blocks]))


def joined(number: int) -> Article:
    """Return prose whose words hang together as in the names of files."""
    article = good_prose(f"joined/{number}", f"Files {number + 1}")
    return Article(article.title, tuple(_hung_together(block) for block in article.blocks))


JUNK: tuple[tuple[Callable[[int], Article], int, str, str], ...] = (
    (thin, 8, "stub", "too-short"),
    (gibberish, 3, "draft", "wrong-language"),
    (soup, 3, "offers", "gopher-stop-words"),
    (salad, 3, "shuffled", "perplexity-high"),
    (litany, 3, "notice", "perplexity-low"),
    (symbols, 3, "tags", "gopher-symbol-ratio"),
    (only_bullets, 3, "list", "gopher-bullet-lines"),
    (ellipses, 3, "teasers", "gopher-ellipsis-lines"),
    (hexadecimal, 3, "dump", "gopher-alphabetic-words"),
    (encoded, 3, "attachment", "wrong-language"),
    (joined, 3, "files", "gopher-mean-word-length"),
)


def _scrambled(word: str, dice: Dice) -> str:
    return word if len(word) < 5 else word[0] + "".join(dice.sample(word[1:], len(word)))


def _tagged(block: str) -> str:
    words_of_block = block.split(" ")
    return " ".join(f"#{word}" if place % 3 == 1 else word for place, word in enumerate(words_of_block))


def _hung_together(block: str) -> str:
    words_of_block = block.removeprefix("<p>").removesuffix("</p>").split(" ")
    groups = ["_".join(words_of_block[start : start + 3]) for start in range(0, len(words_of_block), 3)]
    return f"<p>{' '.join(groups)}</p>"


def _random(seed: str, length: int, alphabet: str) -> str:
    dice = Dice(f"secret/{seed}")
    return "".join(dice.pick(alphabet) for _ in range(length))


_MIXED = LETTERS + LETTERS.upper() + "0123456789"
_SECRETS: tuple[Callable[[str], str], ...] = (
    lambda seed: "AKIA" + _random(seed, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    lambda seed: "ghp_" + _random(seed, 36, _MIXED),
    lambda seed: "sk-" + _random(seed, 47, _MIXED) + "7",
    lambda seed: (
        "-----BEGIN RSA PRIVATE KEY----- " + _random(seed, 96, _MIXED + "+/") + " -----END RSA PRIVATE KEY-----"
    ),
)
