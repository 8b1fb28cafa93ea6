# ruff: noqa: RUF001 - signs of menus and letters of other scripts are what is looked for
"""What lines say that are no text of a page but of the site around it, in several languages.

All patterns are matched against a whole line in lower case, without Markdown marks and with single spaces (``plain``
of ``processors.remains_lines``). ``ANYWHERE`` is never text, nor are the sentences of ``CALLS``; ``EDGE`` is none at
the beginning or end of a document, where menus and link lists stand, but may be a word, a title or a caption in its
middle. So may ``RELATED`` and ``CRUMBS``, but not with a link in them. ``ADVERTISEMENT`` is also the last word of a
sentence, ``KEYWORDS`` a part of a paper.
"""

import re


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


_NETWORK = (
    r"(?:facebook|twitter|instagram|linked ?in|pinterest|whats ?app|telegram|reddit|tumblr|xing|youtube|flipboard|"
    r"mastodon|tiktok|snapchat|google ?(?:\+|plus|news)|threads|bluesky|e-?mail|mail|messenger|rss|vk|pocket|flickr|"
    r"vimeo|spotify|discord|soundcloud)"
)
_BETWEEN = r"[ ,|/·•&+-]+(?:(?:and|und|or|oder|y|et|e) )?"  # one way to read it, or hostile lines take ages
_NETWORKS = rf"{_NETWORK}(?:{_BETWEEN}{_NETWORK})*"
_PIECE = r"(?:article|post|story|page|entry|video|item|news|link|artikel|beitrag|seite|meldung|nachricht)"

_SKIP = (
    (
        r"(?:skip|jump|go)(?: directly)? to(?: the)?(?: main| page| primary)? ?(?:content|navigation|search|"
        r"footer|menu|sidebar)"
    ),
    r"(?:direkt |springe )?(?:zum|zur) (?:haupt)?(?:inhalt|navigation|suche|menü)(?: springen| wechseln)?",
    r"(?:aller|passer|accéder) (?:directement )?au contenu(?: principal)?",
    r"(?:saltar|ir) al contenido(?: principal)?",
    r"(?:pular|ir|saltar) para o conteúdo(?: principal)?",
    r"(?:vai|salta) al contenuto(?: principale)?",
    r"(?:ga |spring )?(?:direct )?naar (?:de )?(?:hoofd)?inhoud",
    r"przejdź do (?:głównej )?treści",
    r"hoppa till innehåll(?:et)?",
    r"перейти к (?:основному )?содержанию",
)
ADVERTISEMENT = _any(
    r"(?:[-–—*\[( ]*)(?:advertisements?|anzeigen?|werbung|publicité|publicidad|publicidade|pubblicità|reklama|"
    r"advertentie|annons|реклама|sponsored(?: content| links?| post)?|paid content|promoted)(?:[-–—*\]) ]*)"
)
_ADVERTISEMENTS = (
    ADVERTISEMENT.pattern,
    (
        r"(?:article|story|post|content|text) continues (?:below|after)(?: (?:the |this )?(?:ad|advert|"
        r"advertisement|video))?"
    ),
    r"advertisement (?:-|–|—)? ?(?:continue reading below|scroll to continue|article continues below)",
    r"scroll(?: down)? (?:to|for) (?:continue|more)(?: reading)?",
    r"continue reading(?: below| the main story)?",
    r"(?:nach der|ende der|nach dieser) (?:anzeige|werbung)(?: geht es weiter)?",
    r"(?:weiter|hier geht es weiter) nach der (?:anzeige|werbung)",
)
_SHARING = (
    (
        rf"(?:share|tweet|post|pin|like|save|recommend|print|e-?mail|send|bookmark)(?: this)? {_PIECE}(?: (?:on|"
        rf"via|with|by|to) {_NETWORKS})?"
    ),
    rf"share (?:this|now|(?:(?:this|now) )?(?:on|via|with|by|to) (?:{_NETWORKS}|x|friends|your friends|a friend))",
    (
        r"(?:click to )?(?:share|tweet|post|pin|like)(?: this)? (?:on|via|with|by|"
        rf"to) {_NETWORKS}(?: \(opens in new window\))?"
    ),
    r"tweet this",
    r"pin it",
    r"share this:.{0,60}",
    r"send to a friend",
    r"(?:e-?mail|print) this(?: page)?",
    r"printer[- ]friendly(?: version)?",
    rf"(?:follow|find|like|join|visit|connect with) us (?:on|at|via) {_NETWORKS}(?: (?:for|to|and) .{{0,60}})?",
    rf"(?:folgen? (?:sie )?uns|besuchen? (?:sie )?uns|finden? sie uns) (?:auf|bei|via) {_NETWORKS}",
    rf"s[ií]guenos (?:en|por) {_NETWORKS}.{{0,80}}",
    rf"suivez[- ]nous sur {_NETWORKS}",
    rf"seguici su {_NETWORKS}",
    rf"volg ons op {_NETWORKS}",
    rf"(?:auf|bei|via|per|über|mit) {_NETWORKS} (?:teilen|empfehlen|weiterleiten|versenden|folgen)",
    (
        rf"(?:diesen? |den |die )?{_PIECE} (?:teilen|drucken|versenden|empfehlen|weiterempfehlen|merken|speichern|"
        r"vorlesen)"
    ),
    r"druckversion",
    r"(?:per )?e-?mail (?:versenden|verschicken)",
    r"partager(?: sur .{1,30})?",
    r"compartir(?: en .{1,30})?",
    r"condividi(?: su .{1,30})?",
    rf"{_NETWORK}{_BETWEEN}{_NETWORKS}",
)
_COMMENT_FORMS = (
    r"(?:leave|post|add|write|submit)(?: a| your)? (?:reply|comment|response)(?: cancel reply)?",
    r"cancel reply",
    r"join the (?:conversation|discussion)",
    r"(?:view|show|read|see|hide|load)(?: all| more)?(?: \d+)? comments?(?: \(\d+\))?",
    r"be the first to comment.{0,30}",
    r"comments (?:are|have been) (?:closed|disabled|turned off).{0,40}",
    (
        r"(?:you must be|please|you need to be)? ?(?:log|logged|sign|signed)[ -]?in(?: or (?:register|sign up|"
        r"create an account|subscribe))? to (?:post|add|leave|write|comment|reply|continue|view|vote|participate|"
        r"like).{0,60}"
    ),
    r"your e-?mail(?: address)? will not be (?:published|shared).{0,60}",
    r"required fields are marked.{0,5}",
    r"notify me (?:of|about|when|by) .{0,80}(?:comments?|posts?|e-?mail)",
    r"save my name, e-?mail.{0,100}",
    r"this site uses akismet.{0,100}",
    r"report (?:this )?(?:comment|post|ad|abuse)",
    r"comments powered by .{1,30}",
    (
        r"(?:schreiben? sie|schreibe?|hinterlassen? sie|hinterlasse?|verfassen? sie) (?:einen|den ersten|"
        r"uns einen) kommentar(?: antworten?)?(?: abbrechen)?"
    ),
    r"kommentare? (?:schreiben|verfassen|hinterlassen|abgeben|anzeigen|lesen|einblenden|ausblenden|melden)",
    r"antwort(?:en)? abbrechen",
    r"(?:deine|ihre) e-mail-adresse wird nicht veröffentlicht.{0,90}",
    r"erforderliche felder sind .{0,20}",
    r"benachrichtige mich (?:über|per|bei) .{0,80}",
    (
        r"(?:sie müssen|du musst|bitte) .{0,30}(?:angemeldet|eingeloggt|anmelden|einloggen).{0,40}(?:kommentar|"
        r"kommentieren|schreiben|können).{0,40}"
    ),
    r"(?:laisser un|ajouter un|écrire un) commentaire.{0,20}",
    r"(?:deja|escribe|añadir) (?:un|tu) comentario.{0,20}",
    r"lascia un commento.{0,20}",
)
_NEWSLETTERS = (
    (
        r"(?:please )?(?:subscribe|sign up|register)(?: now| here| today| free)?(?: to| for)?(?: our| the| my|"
        r" this)?(?: free| daily| weekly| monthly| e-?mail)* (?:newsletters?|mailing list|e-?mail updates|"
        r"e-?mail alerts|e-?mails|alerts|updates|rss feed|youtube channel|channel|blog)(?: here| now| today|"
        r" by e-?mail| and .{0,60}| to .{0,60}| for .{0,60})?"
    ),
    r"get (?:our|the) .{0,40}(?:newsletter|in your inbox|to your inbox|by e-?mail).{0,60}",
    r"never miss .{0,40}(?:sign(?:ing)? up|subscrib|newsletter).{0,60}",
    r"(?:stay|keep) (?:up[- ]to[- ]date|informed|in touch) .{0,40}(?:newsletter|e-?mail).{0,40}",
    r"e-?newsletter(?: sign[- ]?up)?",
    r"newsletter (?:sign[- ]?up|subscription|abonnieren|bestellen|anmeldung|abbestellen)",
    (
        r"(?:hier |jetzt )?(?:(?:zum|unseren?|den|für (?:den|unseren)) )?(?:kostenlosen |"
        r"täglichen )?newsletter (?:hier )?(?:abonnieren|anmelden|bestellen)"
    ),
    r"(?:melden sie sich|melde dich) .{0,30}newsletter an",
    r"(?:abonnieren sie|abonniere|abonniert) (?:jetzt )?(?:unseren|den|meinen) .{0,30}newsletter.{0,40}",
    r"(?:jetzt|hier) (?:abonnieren|abo abschließen|abo testen)",
    r"subscribe (?:now|here|today|via e-?mail|by e-?mail)",
    r"(?:inscrivez-vous|abonnez-vous) à (?:la|notre) newsletter.{0,40}",
    r"suscríbete (?:a|al) .{0,30}(?:newsletter|boletín).{0,40}",
    r"iscriviti alla newsletter.{0,40}",
    r"(?:to|um) (?:view|read|continue|see|access).{0,40}please (?:subscribe|log in|sign in|register).{0,60}",
)
_MORE = (
    (
        r"read (?:more|next|now|this next|the full (?:article|story|post|text)|full (?:article|story)|"
        r"whole (?:article|story)|original article)(?: here)?"
    ),
    (
        r"(?:read|more|learn|see|load|show|view|find out|discover) more(?: (?:here|stories|articles|posts|news|"
        r"results|info|information|details|»|…))?"
    ),
    r"click here(?: (?:to|for) .{0,40})?",
    (
        r"(?:back|return|go) to(?: the)? (?:top|home|homepage|home page|main page|overview|results|gallery|"
        r"article|index|list)(?: of (?:the )?page)?"
    ),
    r"top of (?:the )?page",
    r"logo return to top",
    r"(?:jetzt |hier )?weiter ?lesen(?: hier)?",
    r"mehr (?:lesen|erfahren|anzeigen|laden|dazu|infos|informationen)(?: hier)?",
    r"(?:jetzt |hier )?(?:zum|zur) (?:ganzen|vollständigen|kompletten) (?:artikel|beitrag|text)",
    r"hier klicken",
    r"nach oben(?: springen)?",
    r"(?:zum )?seitenanfang",
    r"zurück (?:zur|zum) (?:übersicht|startseite|seitenanfang|artikel|liste|homepage)",
    r"lire (?:la suite|plus|aussi|l'article complet)",
    r"(?:leer|ver|saber) más",
    r"(?:leggi|continua a leggere|scopri)(?: di più| tutto| anche)",
    r"lees (?:meer|verder|ook)",
    r"(?:leia|saiba|veja|ver) mais",
    r"(?:czytaj|zobacz) (?:więcej|dalej|też|także|również)",
    r"läs (?:mer|också)",
    r"читать (?:далее|также|полностью)",
    (
        r"(?:read also|also read|read more|read next|lesen sie (?:auch|hier|dazu|mehr)|lies auch|auch interessant|"
        r"lire aussi|à lire aussi|lea también|lee también|te puede interesar|leggi anche|lees ook|leia também|"
        r"leia mais|czytaj (?:też|także|również|więcej)|läs också|читайте также) ?: ?.{0,140}"
    ),
)
_HERE = r"(?:you are here|sie sind hier|sie befinden sich hier|vous êtes ici|está aquí|du bist hier) ?(?::|>|»|›) ?"
_HOME = r"(?:home|startseite|homepage|accueil|inicio)"
_STEPS = r" ?(?:[>»›→/][^>»›→/|]{1,60}){1,6}"
RELATED = _any(
    r"(?:related(?: (?:articles?|stor(?:y|ies)|posts?|content|coverage))?|recommended|more on this|"
    r"more from .{1,40}|mehr (?:zum thema|dazu)|siehe auch|veja também|zobacz (?:też|także|również)) ?: ?.{0,140}"
)
CRUMBS = _any(rf"{_HERE}.{{0,120}}", rf"{_HOME}{_STEPS}")
START_CRUMBS = re.compile(r"start ?(?:[>»›→][^>»›→|]{1,60}){1,6}")
ANYWHERE = _any(*_SKIP, *_ADVERTISEMENTS, *_SHARING, *_MORE, rf"{_HERE}(?:{_HOME}|start)\b.{{0,120}}")
CALLS = _any(*_COMMENT_FORMS, *_NEWSLETTERS)

EDGE = _any(
    r"(?:home|start|startseite|homepage|accueil|inicio|news|blog|shop|store|menu|menü|navigation|main menu|"
    r"search|suche|suchen|close|schließen|top|index)",
    r"(?:about|about (?:us|me|this site)|über uns|contact|contact us|kontakt|impressum|imprint|legal notice|"
    r"haftungsausschluss|agb|nutzungsbedingungen|barrierefreiheit|accessibility)",
    r"(?:privacy|privacy (?:policy|notice|statement)|datenschutz|datenschutzerklärung|datenschutzhinweise|"
    r"cookies?|cookie policy|cookie-richtlinie|terms|terms (?:of|and|&) (?:use|service|conditions|sale)|legal|"
    r"mentions légales|política de privacidad)",
    r"(?:log ?in|log ?out|sign ?in|sign ?out|sign ?up|register|registrieren|anmelden|einloggen|abmelden|"
    r"my account|mein konto|create (?:an )?account|forgot(?: your)? password|passwort vergessen|merkliste|"
    r"warenkorb|cart|my cart|checkout)",
    r"(?:«|<|‹|←|<<)? ?(?:previous|prev|next|zurück|weiter|vor|vorherige[rs]?|nächste[rs]?|older|newer|ältere|"
    r"neuere)(?: (?:post|posts|article|articles|page|story|chapter|topic|entry|entries|artikel|beitrag|"
    r"beiträge|seite|einträge))?(?: ?(?:»|>|›|→|>>))?",
    r"(?:previous|next)(?: (?:post|article|story|page))? ?: ?.{0,100}",
    r"(?:page|seite) \d+(?: (?:of|von|/) \d+)?",
    r"(?:«|»|‹|›|←|→|×)+",
    rf"{_NETWORK}",
    r"(?:follow|find|like|join|visit|connect with) us|folgen? (?:sie )?uns|suivez[- ]nous",
    r"(?:share|share this|teilen|print|drucken|tweet|pin it|save|like|follow|copy link|link kopieren|subscribe|"
    r"abonnieren|newsletters?|rss|rss[- ]feeds?|feed|sitemap|site map|faq|faqs|help|hilfe|feedback|jobs|careers|"
    r"karriere|presse|press|advertise(?: with us)?|advertising|mediadaten|media kit|mobile apps?|apps?)",
    r"(?!no comment$)(?:(?:\d+|no|keine) )?(?:comments?|kommentare?|commentaires?|comentarios|shares?|views?|likes?|"
    r"replies|antworten)(?: ?\(?\d+\)?)?",
    r"(?:discuss|discussion|trackbacks?|pingbacks?|permalink)(?: \(\d+\))?",
    r"(?:related|similar|recommended|popular|recent|latest|trending|featured|top|most popular|most read|"
    r"most recent|editor'?s picks?)(?: (?:articles?|posts?|stor(?:y|ies)|content|topics|news|videos?|reading|"
    r"links|products|comments|searches|now|coverage))?(?: for you)?",
    r"(?:you (?:may|might|could|will|'ll) (?:also )?(?:like|enjoy|be interested in).{0,20}|more (?:from|"
    r"stories|news|articles|in|on) ?.{0,50}|what to read next|don'?t miss|in this (?:article|section|story))",
    r"(?:das könnte (?:sie|dich|euch) (?:auch )?interessieren|das könnte ihnen auch gefallen|auch interessant|"
    r"mehr zum thema|mehr (?:aus|von|in) .{1,40}|weitere (?:artikel|beiträge|themen|meldungen|nachrichten|"
    r"aktuelle themen|informationen|infos|links) ?.{0,60}|ähnliche (?:artikel|beiträge|themen)|"
    r"verwandte (?:artikel|beiträge|themen)|meistgelesen(?:e artikel)?|schon gelesen\??|top-themen.{0,40}|"
    r"zum thema|passend dazu|empfehlungen(?: der redaktion)?|beiträge aus dem forum)",
    r"(?:tags?|categor(?:y|ies)|topics?|filed under|posted (?:in|under)|tagged(?: (?:with|as|under))?|"
    r"schlagw[oö]rter|schlagworte|kategorien?|themen|stichwörter|abgelegt unter|veröffentlicht in|"
    r"labels|mots-clés|etiquetas) ?: ?.{0,150}",
    r"(?:tags|categories|topics|archives?|schlagwörter|kategorien|themen|archiv)",
    r"(?:loading|please wait|wird geladen|lädt)(?: ?\.{3}| ?…)?",
)
KEYWORDS = re.compile(r"keywords ?: ?.{0,150}")
