"""Which software of forums is known: how it marks the posts of a thread, and what it adds to what people wrote."""

from typing import NamedTuple


class Kind(NamedTuple):
    """How a software marks the posts of a thread and what is in one; each field but the name is a selector.

    ``apparatus`` is what it puts into a body and nobody wrote: signatures, marks of changes, and who is quoted, for a
    name is no text. Only its own names are asked for, since people call what they write "notice" or "meta", too.
    """

    name: str
    posts: str
    body: tuple[str, ...]
    author: tuple[str, ...]
    title: tuple[str, ...]
    apparatus: str


_QUOTED = "blockquote > cite, blockquote > div > cite, "
KINDS = (
    Kind("discourse", "div.crawler-post",
         ("div.post[itemprop=text]", "div.post[itemprop=articleBody]", "div.post"),
         ("[itemprop=author] [itemprop=name]", "span.creator"), ("#topic-title h1", "h1"),
         _QUOTED + "aside.quote > .title, .onebox > header, .lightbox .meta, .post-menu"),
    Kind("phpbb", "body#phpbb div.post[id^=p]", ("div.postbody div.content",),
         ("p.author a.username", "p.author a.username-coloured", "p.author .username", "dl.postprofile .username",
          "p.author strong"), ("h2.topic-title", "#page-body h2"),
         _QUOTED + ".signature, .attachbox, .inline-attachment, .codebox > p, p.code > a"),
    Kind("xenforo", "article.message--post", (".message-body .bbWrapper", ".message-content .bbWrapper"),
         (".message-name [itemprop=name]", ".message-name"), ("h1.p-title-value",),
         _QUOTED + ".message-signature, .message-lastEdit, .bbCodeBlock-title, .bbCodeBlock-expandLink,"
         " .js-selectToQuoteEnd"),
    Kind("xenforo 1", "ol#messageList > li.message", ("blockquote.messageText", ".messageContent article"),
         (".userText .username", ".username.author"), (".titleBar h1",),
         _QUOTED + ".attribution, .quoteExpand, .messageTextEndMarker, .editDate, .signature"),
    Kind("vbulletin 5", "li.b-post[data-node-id]", (".js-post__content-text",),
         (".author [itemprop=name]", ".author a"), ("h1.main-title", "h1"),
         _QUOTED + ".bbcode_postedby, .b-post__edit-info, .signature"),
    Kind("vbulletin 4", "#posts li.postcontainer", ("blockquote.postcontent", "[id^=post_message_]"),
         ("a.username", ".username_container strong"), (".threadtitle", "h1"),
         _QUOTED + ".bbcode_postedby, .bbcode_description, .signature, .signaturecontainer, .editedby, .postsignature"),
    Kind("vbulletin 3", "#posts table[id^=post]", ("div[id^=post_message_]",), ("a.bigusername", ".bigusername"),
         ("td.navbar strong", "h1"),
         _QUOTED + ".bbcode_postedby, .signature, .editedby, .postsignature"),
    Kind("discuz", "#postlist > div[id^=post_]", ("td.t_f[id^=postmessage_]", "div.t_f[id^=postmessage_]"),
         (".authi a.xw1", ".authi a"), ("#thread_subject",),
         _QUOTED + ".pstatus, .jammer, .aimg_tip, .blockcode > em, .sign"),
    Kind("smf", "#forumposts div.post_wrapper", ("div.inner[id^=msg_]", "div.inner"), (".poster h4 a", ".poster h4"),
         ("h1#top_subject", "h2.display_title", "h5[id^=subject_]"),
         _QUOTED + ".quoteheader, .codeheader, .signature, .attachments"),
    Kind("mybb", "#posts div.post.classic, #posts div.post[id^=post_]", ("div.post_body",),
         (".author_information a", ".author_information strong"), ("td.thead > div > strong", "h1"),
         _QUOTED + ".quote_header, .signature, .post_edit, .codeblock > .title"),
    Kind("invision", "#elPostFeed article.ipsComment, #elPostFeed article.cPost,"
         " [data-feedid^=topic] article.ipsComment, [data-feedid^=topic] article.cPost",
         ("[data-role=commentContent]",), (".ipsComment_author .cAuthorPane_author", ".cAuthorPane_author"),
         ("h1.ipsType_pageTitle",),
         _QUOTED + ".ipsQuote_citation, .ipsType_light.ipsEdited, .ipsSignature"),
    Kind("nodebb", "li[component=post]", ("[component='post/content']",), ("a[itemprop=author]", "[data-username]"),
         ("[component='topic/title']", "h1"),
         _QUOTED + '[component="post/signature"]'),
)  # fmt: skip
POSTINGS = "[itemtype$='schema.org/DiscussionForumPosting']"
COMMENTS = "[itemprop=comment][itemtype$='schema.org/Comment']"
SCHEMA = Kind("schema.org", POSTINGS, ("[itemprop=text]", "[itemprop=articleBody]"),
              ("[itemprop=author] [itemprop=name]", "[itemprop=author]"), ("[itemprop=headline]", "[itemprop=name]"),
              _QUOTED + ".signature")  # fmt: skip
