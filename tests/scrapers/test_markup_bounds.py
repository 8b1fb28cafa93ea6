"""Pages made to keep the crawler's parser busy: read in seconds, with the links around what is left out."""

import time

from scrapers.crawl.markup import read_markup


def test_a_tag_of_two_hundred_thousand_attributes_does_not_hold_up_the_night():
    attributes = " ".join(f"a{number}=1" for number in range(200_000))
    body = f'<html><body><a href="/one">1</a><p {attributes}>x</p><a href="/two">2</a></body></html>'.encode()
    started = time.process_time()
    links = read_markup(body, "http://brewnet.test/", "text/html").links
    assert links == ("http://brewnet.test/one", "http://brewnet.test/two")
    assert time.process_time() - started < 10  # minutes without the bound
