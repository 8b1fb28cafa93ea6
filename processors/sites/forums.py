"""Threads of forums, told by the markup of their software or by schema.org's ``DiscussionForumPosting``."""

from typing import NamedTuple

from lxml.html import HtmlElement

from processors.extracted import Extracted
from processors.html.tree import copy_of
from processors.sites.posts import Post, dialogue, name_of, post_markdown, time_of
from processors.sites.selecting import Names, every, first, named, remove, words_of

MIN_POSTS = 2  # a thread; one post alone may be an article with a comment form, and is left to the reader of articles


class Kind(NamedTuple):
    """How a software marks the posts of a thread and what is in one; each field but the name is a selector."""

    name: str
    posts: str
    body: tuple[str, ...]
    author: tuple[str, ...]
    title: tuple[str, ...]


KINDS = (
    Kind("discourse", "div.crawler-post",
         ("div.post[itemprop=text]", "div.post[itemprop=articleBody]", "div.post"),
         ("[itemprop=author] [itemprop=name]", "span.creator"), ("#topic-title h1", "h1")),
    Kind("phpbb", "body#phpbb div.post[id^=p]", ("div.postbody div.content",),
         ("p.author a.username", "p.author a.username-coloured", "p.author .username", "dl.postprofile .username",
          "p.author strong"), ("h2.topic-title", "#page-body h2")),
    Kind("xenforo", "article.message--post", (".message-body .bbWrapper", ".message-content .bbWrapper"),
         (".message-name [itemprop=name]", ".message-name"), ("h1.p-title-value",)),
    Kind("xenforo 1", "ol#messageList > li.message", ("blockquote.messageText", ".messageContent article"),
         (".userText .username", ".username.author"), (".titleBar h1",)),
    Kind("vbulletin 5", "li.b-post[data-node-id]", (".js-post__content-text",),
         (".author [itemprop=name]", ".author a"), ("h1.main-title", "h1")),
    Kind("vbulletin 4", "#posts li.postcontainer", ("blockquote.postcontent", "[id^=post_message_]"),
         ("a.username", ".username_container strong"), (".threadtitle", "h1")),
    Kind("vbulletin 3", "#posts table[id^=post]", ("div[id^=post_message_]",), ("a.bigusername", ".bigusername"),
         ("td.navbar strong", "h1")),
    Kind("discuz", "#postlist > div[id^=post_]", ("td.t_f[id^=postmessage_]", "div.t_f[id^=postmessage_]"),
         (".authi a.xw1", ".authi a"), ("#thread_subject",)),
    Kind("smf", "#forumposts div.post_wrapper", ("div.inner[id^=msg_]", "div.inner"), (".poster h4 a", ".poster h4"),
         ("h1#top_subject", "h2.display_title", "h5[id^=subject_]")),
    Kind("mybb", "#posts div.post.classic, #posts div.post[id^=post_]", ("div.post_body",),
         (".author_information a", ".author_information strong"), ("td.thead > div > strong", "h1")),
    Kind("invision", "article.ipsComment, article.cPost", ("[data-role=commentContent]",),
         (".ipsComment_author .cAuthorPane_author", ".cAuthorPane_author"), ("h1.ipsType_pageTitle",)),
    Kind("nodebb", "li[component=post]", ("[component='post/content']",), ("a[itemprop=author]", "[data-username]"),
         ("[component='topic/title']", "h1")),
)  # fmt: skip
_SCHEMA = "[itemtype$='schema.org/DiscussionForumPosting']"
_COMMENTS = f"{_SCHEMA} [itemprop=comment][itemtype$='schema.org/Comment']"
_AUTHORS = ("[itemprop=author] [itemprop=name]", "[itemprop=author]")
_BODIES = ("[itemprop=text]", "[itemprop=articleBody]")


def read_forum(tree: HtmlElement, names: Names) -> Extracted | None:
    """Return the posts of a thread in their order, a rule between them, or None of any other page; ``tree`` stays.

    ``messages`` are the dialogue the thread starts with (``processors.sites.posts.dialogue``). Signatures, ranks,
    who is quoted and other names are left out; author and date are those of the first post.
    """
    for kind in KINDS:
        posts = [post for one in named(tree, names, kind.posts) if (post := _post(one, kind.body, kind.author)).text]
        if len(posts) >= MIN_POSTS:
            return _extracted(words_of(first(tree, kind.title)), posts)
    opening = first(tree, (_SCHEMA,))
    replies = every(tree, _COMMENTS) if opening is not None else []
    if opening is None or not replies:
        return None
    alone = copy_of(opening)
    remove(alone, "[itemprop=comment]")
    posts = [post for one in (alone, *replies) if (post := _post(one, _BODIES, _AUTHORS)).text]
    if len(posts) < MIN_POSTS:
        return None
    return _extracted(words_of(first(alone, ("[itemprop=headline]", "[itemprop=name]"))), posts)


def _post(element: HtmlElement, body: tuple[str, ...], author: tuple[str, ...]) -> Post:
    time = first(element, ("time[itemprop=datePublished]", "[itemprop=datePublished]", "time[datetime]"))
    return Post(
        text=post_markdown(first(element, body)),
        author=(element.get("data-author") or "").strip() or name_of(first(element, author)),
        created_at=time_of(None if time is None else time.get("datetime") or time.get("content")),
    )


def _extracted(title: str, posts: list[Post]) -> Extracted:
    heading = f"# {title}\n\n" if title else ""
    asked = "\n\n".join(filter(None, (title, posts[0].text)))
    return Extracted(
        text=heading + "\n\n---\n\n".join(post.text for post in posts),
        title=title or None,
        author=posts[0].author,
        created_at=posts[0].created_at,
        messages=dialogue([posts[0]._replace(text=asked), *posts[1:]]),
    )
