"""Scrapy as it comes, for comparison: ``python -m bench.crawl_bare START CONNECTIONS`` prints how many pages it got."""

import sys
from collections.abc import Iterator
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import HtmlResponse, Response
from scrapy.linkextractors import LinkExtractor


class Bare(scrapy.Spider):
    """Follows every link and yields an item a page; all queues are in memory and nothing is written."""

    name = "bare"
    links = LinkExtractor()

    def __init__(self, start: str) -> None:
        super().__init__()
        self.start_urls = [start]
        self.allowed_domains = ["127.0.0.1"]

    def parse(self, response: Response) -> Iterator[Any]:
        """Yield the item of a page and its links."""
        yield {"url": response.url, "length": len(response.body)}
        if isinstance(response, HtmlResponse):
            for link in self.links.extract_links(response):
                yield scrapy.Request(link.url, self.parse)


def crawl(start: str, connections: int) -> int:
    """Crawl from ``start`` with Scrapy's defaults, robots.txt obeyed, and return the number of items."""
    process = CrawlerProcess(
        {
            "CONCURRENT_REQUESTS_PER_DOMAIN": connections,
            "ROBOTSTXT_OBEY": True,
            "USER_AGENT": "bare (+bench@gristmill.test)",
            "LOG_LEVEL": "WARNING",
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
        }
    )
    crawler = process.create_crawler(Bare)
    process.crawl(crawler, start=start)
    process.start()
    return int(crawler.stats.get_value("item_scraped_count", 0)) if crawler.stats else 0


if __name__ == "__main__":
    sys.stdout.write(f"{crawl(sys.argv[1], int(sys.argv[2]))}\n")
