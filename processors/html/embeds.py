"""Posts of social networks that an article quotes: their text stands in the page, for readers without scripts."""

from lxml import etree
from lxml.html import HtmlElement

_POSTS = etree.XPath(
    ".//blockquote[contains(@class, 'twitter-tweet') or contains(@class, 'twitter-video') or contains(@class, "
    "'instagram-media') or contains(@class, 'bluesky-embed') or contains(@class, 'mastodon-embed')]"
)
_HOLDERS = ("div", "figure", "span", "section", "p")


def keep_embedded_posts(tree: HtmlElement) -> None:
    """Make the posts in ``tree`` plain quotations; extractors take what is called "social" or "embed" for furniture."""
    for post in _POSTS(tree):
        post.attrib.pop("class")
        holder = post.getparent()
        while holder is not None and holder.tag in _HOLDERS and len(holder) == 1:
            holder.attrib.clear()
            holder.tag = "div"
            holder = holder.getparent()
