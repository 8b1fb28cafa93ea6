"""The sources. A recipe may name any of these kinds."""

from typing import Annotated

from pydantic import Field

from scrapers.arxiv_papers import ArxivPapers
from scrapers.files import Files
from scrapers.github_code import GithubCode
from scrapers.news import News
from scrapers.reddit import Reddit
from scrapers.warc import Warc
from scrapers.web import Web
from scrapers.wikipedia import Wikipedia

AnyScraper = Annotated[
    ArxivPapers | Files | GithubCode | News | Reddit | Warc | Web | Wikipedia, Field(discriminator="kind")
]

__all__ = ["AnyScraper", "ArxivPapers", "Files", "GithubCode", "News", "Reddit", "Warc", "Web", "Wikipedia"]
