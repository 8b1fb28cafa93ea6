import gzip
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.spam import Spam

KEEP = 0.8  # the threshold of docs/spam.md

UNWANTED = {
    "pharmacy": "Buy cheap viagra online no prescription. Cialis 20mg best price canadian pharmacy. Order levitra online, "
    "overnight shipping. Generic viagra 100mg discount. Online pharmacy no prescription needed. " * 3,
    "casino": "Best online casino bonus. Play slots online for real money and win the jackpot. Free spins no deposit bonus. "
    "Live roulette, blackjack and poker. Register now and get a 100% welcome bonus up to $500! " * 3,
    "essays": "Are you looking for a cheap essay writing service? Our professional writers deliver top quality essays at "
    "the lowest prices. Buy essays online now and get 15% off your first order. Money back guarantee. Order now!",
    "replicas": "Replica watches for sale. Cheap replica rolex and louis vuitton handbags. High quality designer handbags "
    "wholesale. Free shipping worldwide. Shop now and save up to 70% off retail prices. Satisfaction guaranteed.",
    "links": "Buy backlinks cheap! We offer SEO services and link building packages with high domain authority guest posts. "
    "Increase your traffic and get first page of Google rankings. Order now. 100% guaranteed results.",
    "money": "Earn up to 5% daily with our bitcoin investment platform. Double your bitcoin in 24 hours! Guaranteed returns, "
    "no risk. Join now and start earning passive income from home. Refer friends and earn commission.",
    "stuffing": "Plumber London. Cheap plumber London. Emergency plumber in London. If you need a plumber in London call our "
    "London plumbers. Best prices. Plumber North London, plumber South London. Call now for a free quote! " * 2,
    "pills": "Lose 20 pounds in 2 weeks! This amazing miracle pill burns fat fast without dieting or exercise. As seen on TV. "
    "Click here to order your risk free trial bottle today - limited supply!",
    "advance fee": "Dear friend, I am barrister John Mark, attorney to a late client who left USD 12 million dollars with a "
    "security company. As no next of kin has come, I seek your assistance to transfer this fund to your foreign account; "
    "30% of the sum is for you. Strictly confidential. Send your bank account and telephone numbers. God bless.",
    "mailing": "GET OUT OF DEBT TODAY!!! Bad credit OK! Click here for a free quote, no obligation. To be removed from future "
    "mailings reply with remove in the subject line. This is not spam, you are receiving this because you opted in.",
}
WANTED = {
    "news of pills": "Pfizer said on Tuesday that sales of Viagra fell 12% in the third quarter as cheaper generic versions "
    "entered the market. The company's shares closed down $1.20 at $36.45. Analysts had expected the drug to decline.",
    "news of casinos": "The city council voted 7-2 on Monday to reject a proposed casino near the waterfront. Opponents argued "
    "that gambling would hurt small businesses, while the developer said it would have created 2,000 jobs.",
    "mortgages": "A mortgage is a loan secured by real property. The borrower pays interest at a fixed or variable rate, and "
    "the lender may foreclose if payments stop. Refinancing replaces an existing loan, often when interest rates fall.",
    "manual": "Install the package with pip and import it in your script. The configuration file lives in /etc/app/config.toml. "
    "If you see a timeout error, check that port 8080 is open. The parse() function returns None when the input is empty.",
    "review": "I bought this kettle six months ago and it still works fine. It heats quickly and the handle stays cool, though "
    "the lid is a bit stiff. For $30 I think it's good value. I would buy it again.",
    "recipe": "Free-range chicken with herbs. Rub the chicken with olive oil, salt and thyme. Roast for 1 hour 20 minutes until "
    "the juices run clear. You can add garlic if you like it. Serves four.",
    "privacy policy": "This privacy policy explains how we collect and use your personal information when you visit our website. "
    "We do not sell your email address to third parties. You may unsubscribe from our mailing list at any time.",
    "shop": "Stoneware mug, 350 ml. Price: $18.00. In stock. Dishwasher safe. Add to basket. Free delivery on orders over $50. "
    "Returns accepted within 30 days. Customers also viewed: stoneware bowl, linen napkin.",
    "volunteers": "Our school garden needs volunteers! Please join us this Saturday at 10am. Bring gloves and a hat. Free lunch is "
    "provided. Call Maria at 555-0134 or email garden@school.example to sign up.",
    "reply": "On Monday Ada wrote:\n> Click here to order now, absolutely free!\n> Make money from home.\nI think this is spam; "
    "has anyone else seen it on the list?\n-- \nBen",
}


def scores(*texts):
    return Spam()(pa.table({"text": pa.array(texts, pa.large_string())}))["spam_score"].to_pylist()


@pytest.mark.parametrize("text", UNWANTED.values(), ids=UNWANTED)
def test_unwanted_advertising_of_every_kind_is_over_the_threshold(text):
    assert scores(text)[0] > KEEP


@pytest.mark.parametrize("text", WANTED.values(), ids=WANTED)
def test_texts_that_speak_of_goods_are_under_the_threshold(text):
    assert scores(text)[0] < KEEP


def test_a_long_article_that_names_one_offer_is_no_spam():
    article = WANTED["manual"] * 20
    assert scores(article + UNWANTED["pills"])[0] < 0.5 < scores(UNWANTED["pills"])[0]


def test_capitals_and_ornament_add_to_it():
    plain = "Call now for a free quote. Order today."
    assert scores(plain)[0] < scores(plain + " THIS IS FOR YOU ONLY")[0]
    assert scores(plain)[0] < scores(plain + " !!! $$$ ***")[0]


def test_a_text_without_words_has_the_score_of_no_evidence():
    assert scores(None, "", " \n") == pytest.approx([0.0293] * 3, abs=1e-3)


def test_mails_are_told_apart_without_having_been_learned(shared_data):
    from bench.suites.safety import area_under_curve

    with gzip.open(shared_data / "quality" / "spam_ham.jsonl.gz", "rt", encoding="utf-8") as lines:
        mails = [json.loads(line) for line in lines]
    found = np.array(scores(*[mail["text"] for mail in mails]))
    assert area_under_curve(found, np.array([mail["label"] == "spam" for mail in mails])) >= 0.98


@settings(max_examples=30)  # each call compiles the patterns anew
@given(st.lists(st.text(max_size=80), max_size=4))
def test_every_text_has_a_score_and_its_neighbours_do_not_matter(texts):
    together = scores(*texts)
    assert all(0 <= score <= 1 for score in together)
    assert together == [scores(text)[0] for text in texts]


@pytest.mark.parametrize("piece", ["a", "! ", "free ", "AB ", "http://1.1", "click "])
def test_a_long_text_takes_linear_time(piece, growth):
    assert growth(scores, lambda size: piece * size, 100_000) < 8
