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
    "pills": "Lose 20 pounds in 2 weeks! This amazing miracle pill burns fat fast without dieting or exercise. As seen on TV. "
    "Click here to order your risk free trial bottle today - limited supply!",
    "advance fee": "Dear friend, I am barrister John Mark, attorney to a late client who left USD 12 million dollars with a "
    "security company. As no next of kin has come, I seek your assistance to transfer this fund to your foreign account; "
    "30% of the sum is for you. Strictly confidential. Send your bank account and telephone numbers. God bless.",
    "mailing": "GET OUT OF DEBT TODAY!!! Bad credit OK! Click here for a free quote, no obligation. To be removed from future "
    "mailings reply with remove in the subject line. This is not spam, you are receiving this because you opted in.",
    "parcel": "Your parcel could not be delivered because a customs fee of $1.99 is unpaid. Click here to confirm your address "
    "and pay the redelivery fee within 24 hours, or your parcel will be returned to the sender.",
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

# Pages that sell or invite, as honest shops and clubs write them.
HONEST = {
    "competition": "Enter the Hop Valley Homebrew Competition! Entries are open until 4 May. There are 28 categories, and each entry "
    "costs $8 for members and $10 for everyone else; register online and send two bottles to our drop-off shop. Winners of each "
    "category get a medal, and the best of show wins a $200 gift card from our sponsors. You will receive score sheets from at least "
    "two certified judges. Don't miss it! Click here to register. For more information, contact us at judges@hopvalley.example.",
    "brewing kit": "All-grain starter kit, 23 litres. Everything you need to brew your first batch: a 30 l kettle, a fermenter, a "
    "thermometer and a crushed malt pack of your choice. Price: $189.00, free shipping on orders over $150. In stock, ships within "
    "two days. You can add a bottling set for $29.00. All our products have a two-year warranty, and you can return unused items "
    "within 30 days for a full refund. Customers who bought this also bought: hydrometer, cleaner, yeast. Add to cart. Order now!",
    "job": "We are hiring a Senior Data Engineer (full-time, Leeds or remote). You will design pipelines with our platform team, and "
    "you will mentor two junior colleagues. You have five years of experience and you enjoy clear code. We offer $95,000 to $115,000 "
    "per year, health and dental insurance, a retirement plan, 28 days of vacation and a training budget. Are you interested? Apply "
    "now with your CV and a short letter; apply online or email us at jobs@northmill.example. We look forward to hearing from you!",
    "conference": "Registration is open! Join us at the Compilers Summit, 3-5 October in Ghent, for three days of talks and workshops. "
    "Early bird tickets are $249 until 1 August (regular price $329); students get 50% off. Your ticket includes lunch, coffee and "
    "access to all recordings. Space is limited, so register now. Want to speak? Submit your proposal by 15 June. Sponsors get a "
    "free exhibition table. Sign up for our newsletter so that you never miss an update.",
    "hotel": "Welcome to the Harbour Inn, your home on the coast! Our 24 rooms offer free Wi-Fi, free parking and a breakfast buffet. "
    "Book direct with us and save 10% off the best price you will find anywhere else. Rooms from $89 per night. Special offer: stay "
    "three nights and get one free dinner for two. You can relax in our sauna or explore the old town. Book online or call us today "
    "on 1-800-555-0142. No booking fees, free cancellation up to 24 hours before you arrive.",
    "newsletter": "Hello gardeners! Spring is here, and our plant sale is on Saturday 12 April from 9 to 1. Members get 20% off all "
    "perennials. If you would like to help at the till, call Ruth or email us at club@greenthumb.example. Don't forget to renew your "
    "membership: $15 a year for you and your family. You can win a prize in our raffle, with a greenhouse as the first prize! You are "
    "receiving this email because you are a member; to unsubscribe, click here. Happy digging!",
    "bookshop": "This week at Corner Books: buy two paperbacks and get one free! Our staff pick is a new history of salt, now only "
    "$14.99 (you save 25%). Meet the author on Thursday at 7 pm; admission is free, but please reserve your seat online. Gift cards "
    "are available in the shop and on our website. We deliver free within the city on orders over $30. Looking for a rare title? Ask "
    "us, and our experts will find it for you. Visit our website for opening hours.",
    "tool": "Ship faster with Cratewise. Cratewise is the easiest way to track your team's inventory. Start your free 14-day trial "
    "today, no credit card required. Plans start at $12 per user per month, cancel anytime. You get unlimited projects, reports and "
    "support by email. Trusted by over 3,000 teams. Our customers save up to 6 hours every week. Want a demo? Contact us and our "
    "sales team will show you around. Sign up now and see how simple your stock count can be!",
    "plumber": "Miller & Daughter has been repairing boilers in Exeter since 1988. Do you need a new tap, a bigger tank or a full "
    "bathroom? We give free quotes and we guarantee our work for five years. Call us now on 01392 555 010, any day from 7 to 7. "
    "Emergency calls cost $60 for the first hour; there are no hidden charges. All major credit cards accepted. Fill in the form below "
    "and we will call you back today. Ask about our special offer for pensioners: 15% off a boiler service.",
    "charity run": "Run for the River! Sign up today for our 10 km charity run on Sunday 8 June. Registration is $25 and you get a free "
    "T-shirt; the fastest three runners win prizes. Raise money for clean water: last year you raised more than $40,000! You can run, "
    "walk or volunteer. Share this page with your friends, and don't wait, places are limited. Donations are tax-free. Make a "
    "donation online by credit card or send a cheque payable to River Trust. Thank you for your support!",
}


def scores(*texts):
    return Spam()(pa.table({"text": pa.array(texts, pa.large_string())}))["spam_score"].to_pylist()


@pytest.mark.parametrize("text", UNWANTED.values(), ids=UNWANTED)
def test_unwanted_advertising_of_every_kind_is_over_the_threshold(text):
    assert scores(text)[0] > KEEP


@pytest.mark.parametrize("text", WANTED.values(), ids=WANTED)
def test_texts_that_speak_of_goods_are_under_the_threshold(text):
    assert scores(text)[0] < KEEP


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_an_honest_page_that_sells_or_invites_is_under_the_threshold(text):
    assert max(scores(text, text * 5)) < KEEP


def test_generic_praise_alone_never_passes_the_threshold_however_dense():
    generic = "Order now! You can save 50% today, only $9. Best prices, free delivery. Advertise your website. Hurry! "
    assert 0.3 < scores(generic * 20)[0] <= 0.5


@pytest.mark.parametrize(
    "disguised",
    [
        "b\u0075\u0443 c\u0456\u0430lis and vi\u0430gr\u0430",
        "buy cia\u200blis and via\u00adgra",
        "buy \uff43\uff49alis and viag\U0001d42b\U0001d41a",
    ],
    ids=["homoglyphs", "invisible", "compatibility"],
)
def test_letters_in_disguise_count_as_what_they_look_like(disguised):
    assert scores(disguised)[0] == pytest.approx(scores("buy cialis and viagra")[0])
    assert scores("buy cialis and viagra")[0] > scores("buy cider and vinegar")[0]


def test_words_of_another_alphabet_stay_what_they_are():
    russian = "\u0421\u0435\u0445 \u0445\u0445\u0445"  # looks like what the theme of sex names
    assert scores(russian) == scores("\u0414\u043e\u043c \u0434\u0443\u0431")


def test_a_rule_at_the_very_score_keeps_the_text():
    table = Spam()(pa.table({"text": pa.array([HONEST["hotel"]], pa.large_string())}))
    assert table["spam_score"].type == pa.float64()


def test_a_long_article_that_names_one_offer_is_no_spam():
    article = WANTED["manual"] * 20
    assert scores(article + UNWANTED["pills"])[0] < 0.5 < scores(UNWANTED["pills"])[0]


def test_capitals_and_ornament_add_to_it():
    plain = "Call now for a free quote. Order today."
    assert scores(plain)[0] < scores(plain + " THIS IS FOR YOU ONLY")[0]
    assert scores(plain)[0] < scores(plain + " !!! $$$ ***")[0]


def test_a_text_without_words_has_the_score_of_no_evidence():
    assert scores(None, "", " \n") == pytest.approx([0.0293] * 3, abs=1e-3)


def test_mails_are_told_apart(shared_data):
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


@pytest.mark.parametrize("piece", ["a", "! ", "free ", "AB ", "\u0430a", "a\u200b", "http://1.1", "click "])
def test_a_long_text_takes_linear_time(piece, growth):
    assert growth(scores, lambda size: piece * size, 100_000) < 8
