"""Scrapy as this project runs it: one dictionary, because the library's defaults are neither polite nor closed.

The frontier does what Scrapy's own robots, retry, redirect, depth and duplicate components would, so those are off.
"""

from typing import Any

MAX_BODY_BYTES = 32 * 1024 * 1024
TIMEOUT_S = 30

POLITE: dict[str, Any] = {
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_ITEMS": 1,  # no item is yielded, and Scrapy starts so many tasks for each answer
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY": 0,  # the frontier paces, by scheme, host and port
    "DOWNLOAD_TIMEOUT": TIMEOUT_S,
    "DOWNLOAD_MAXSIZE": MAX_BODY_BYTES,
    "DOWNLOAD_WARNSIZE": MAX_BODY_BYTES // 4,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOAD_HANDLERS": {"file": None, "data": None, "ftp": None, "s3": None},
    "COOKIES_ENABLED": False,
    "REDIRECT_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "RETRY_ENABLED": False,
    "ROBOTSTXT_OBEY": False,  # the frontier obeys it by RFC 9309; Scrapy reads errors as "all allowed"
    "HTTPCACHE_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "REFERRER_POLICY": "no-referrer",
    "REFERER_ENABLED": False,
    "AUTOTHROTTLE_ENABLED": False,
    "MEMUSAGE_LIMIT_MB": 2048,
    "EXTENSIONS": {
        "scrapy.extensions.memusage.MemoryUsage": None,
        "scrapers.crawl.memory.CrawlMemoryUsage": 0,
    },
    "LOG_LEVEL": "INFO",
    "LOG_FORMATTER": "scrapers.crawl.spider.QuietFormatter",
    "SCHEDULER": "scrapers.crawl.spider.Schedule",
    "TWISTED_DNS_RESOLVER": "scrapers.crawl.resolver.PublicOnlyResolver",
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    },
    "SPIDER_MIDDLEWARES": {
        "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
        "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
        "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    },
}


def crawl_settings(agent: str, *, allow_private: bool) -> dict[str, Any]:
    """Return ``POLITE`` with the user agent; where private addresses may be asked, with Scrapy's own resolver."""
    resolver = {"TWISTED_DNS_RESOLVER": "scrapy.resolver.CachingThreadedResolver"} if allow_private else {}
    return POLITE | {"USER_AGENT": agent} | resolver
