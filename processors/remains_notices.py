"""What lines of consent to cookies and lines of rights say, matched like the other phrases of ``remains``.

``CONSENT`` matches sentences that a notice surely says: with a second word of notices beside the first ("cookies ...
experience"), since people also bake cookies. ``BUTTONS`` and ``COPYRIGHT`` are also choices on a ballot and the
credit of a poem or picture, so they want company. ``RIGHTS`` are reserved by nothing but sites. A document that is
about any of these (``TOPICS``) keeps them.
"""

import re

_SECOND = (
    r"(?=.*(?:experience|improv|analy[sz]|analytic|statisti|settings|polic(?:y|ies)|partner|third[- ]part|advert|"
    r"personali[sz]|agree|accept|consent|visitors?\b|functionality|traffic|privacy|opt[- ]out|"
    r"verbesser|erfahrung|erlebnis|einstellung|richtlinie|werb|anzeigen|zustimm|stimmen sie|einverstanden|akzeptier|"
    r"bestmöglich|optimal|nutzer|nutzung|datenschutz|gewährleist|"
    r"expérience|amélior|politique|publicit|mesure|navigati|experiencia|mejorar|política|acept|propias|terceros|navega|"
    r"esperienza|miglior|accett|terze parti|ervaring|verbeter|beleid|akkoord|instemm|experiência|melhor|aceit|"
    r"doświadcz|polityk|zgod|popraw|statystyc|reklam|ustawie))"
)
_KIND = (
    r"(?:(?:our|own|only|some|both|necessary|essential|technical|functional|strictly|analytics?|analytical|tracking|"
    r"session|persistent|marketing|advertising|performance|third[- ]party|first[- ]party|browser|internet|web|http|"
    r"pixels?|tags|beacons|local storage|technologies|such as|like|similar|other|files|small|text|"
    r"called|and|or),? ){0,8}"
)
_PARTNERS = r"we and our(?: (?:\d+|trusted|selected|third[- ]party))* (?:partners|advertisers|vendors|affiliates)"


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


CONSENT = _any(
    rf"(?:this|our|the) (?:web ?)?(?:site|page|service)s? (?:uses?|is using|may use|sets?|makes use of|require) "
    rf"{_KIND}cookies?",
    rf"(?:this|our|the) (?:web ?)?(?:site|page|service)s? {_SECOND}(?:uses?|is using|may use|sets?|makes use of|"
    rf"requires?) {_KIND}cookies?\b.*",
    rf"we {_SECOND}(?:and our .{{0,40}},? )?(?:may )?(?:also )?(?:use|set|place) {_KIND}cookies?\b.*",
    rf"{_PARTNERS},? (?:may )?(?:use|store|process|access|share).{{0,60}}(?:cookies?|device|identifiers|data)\b.*",
    rf"(?:we(?: care about and)?|{_PARTNERS}) (?:value|respect|care about) your privacy",
    r"by (?=.*\b(?:you|i)\b.{0,30} (?:agree|accept|consent|acknowledge)\b)(?:continuing|using|clicking|browsing|"
    r"closing|visiting|accessing|proceeding).{0,120}(?:cookies?|consent|privacy policy|terms of (?:use|service))\b.*",
    r"(?:accept|allow|reject|decline|manage|enable|disable)(?: all)?(?: optional)? (?:cookies?|consent)"
    r"(?: and .{0,30})?",
    r"(?:cookies?|privacy|consent) (?:settings|preferences|notice|consent|choices|options|einstellungen)",
    r"(?:do not sell|don't sell) my (?:personal )?(?:info|information|data).{0,20}",
    r"your (?:california )?privacy (?:rights|choices)",
    r"ad ?choices",
    r"interest[- ]based ads",
    rf"(?:diese|unsere) (?:web ?-?)?(?:seite|site) {_SECOND}(?:verwendet|benutzt|nutzt|setzt) .{{0,30}}cookies?\b.*",
    r"(?:diese|unsere) (?:web ?-?)?(?:seite|site) (?:verwendet|benutzt|nutzt|setzt) cookies",
    rf"(?:wir|und unsere partner) {_SECOND}(?:verwenden|nutzen|setzen|benutzen) .{{0,60}}cookies?\b.*",
    r"(?:durch|mit) (?=.*(?:einverstanden|zustimm|akzeptier|stimmen sie))(?:die|der|ihre|ihrer) (?:weitere |weiteren )?"
    r"nutzung .{0,80}"
    r"(?:cookies?|datenschutz).*",
    r"(?:alle )?cookies? (?:akzeptieren|ablehnen|zulassen|zustimmen)(?: und (?:schließen|weiter))?",
    r"cookies?-?(?: )?(?:einstellungen|richtlinien?|hinweis|zustimmung|präferenzen)(?: .{0,30})?",
    r"(?:datenschutz|privatsphäre)-?einstellungen",
    rf"(?:nous utilisons|ce site utilise) {_SECOND}(?:.{{0,20}})cookies?\b.*",
    rf"(?:utilizamos|usamos|este sitio (?:web )?(?:utiliza|usa)|esta (?:página|web) (?:utiliza|usa)) {_SECOND}"
    r".{0,20}cookies?\b.*",
    rf"(?:questo sito (?:utilizza|usa)|utilizziamo) {_SECOND}.{{0,20}}cookies?\b.*",
    rf"(?:deze (?:web)?site (?:gebruikt|maakt gebruik van)|wij gebruiken) {_SECOND}.{{0,20}}cookies?\b.*",
    rf"este site (?:utiliza|usa) {_SECOND}.{{0,20}}cookies?\b.*",
    rf"(?:ta strona|ten serwis|nasza strona) (?:używa|korzysta|wykorzystuje) {_SECOND}.{{0,30}}cookies?\b.*",
)
CONSENT_LABEL_WORDS = 5  # more are a sentence
BUTTONS = _any(
    r"(?:accept|reject|allow|decline) all",
    r"(?:i (?:accept|agree)|got it|accept and (?:close|continue))",
    r"(?:accept|allow|reject|decline|manage|enable|disable)(?: all)?(?: optional)? preferences",
    r"(?:alle )?(?:akzeptieren|ablehnen|zulassen|zustimmen)(?: und (?:schließen|weiter))?",
)
RIGHTS = _any(
    r".{0,80}\b(?:all rights reserved|alle rechte vorbehalten|tous droits réservés|"
    r"todos los derechos reservados|todos os direitos reservados|tutti i diritti riservati|"
    r"alle rechten voorbehouden|wszelkie prawa zastrzeżone|все права защищены)\b.{0,100}",
    r"(?:the )?(?:material|materials|content|contents|information) (?:on|in|of) this (?:web ?)?(?:site|"
    r"page)s?.{0,80}may not be (?:reproduced|published|distributed|copied|used).*",
    r"this (?:article|material|content|story).{0,60}(?:may not be (?:published|reproduced|broadcast|rewritten|"
    r"copied)|is the copyright(?:ed)? (?:property )?of|is copyright).*",
)
COPYRIGHT = re.compile(r"(?:©|\(c\) ?(?:copyright ?)?(?=\d{4})|&copy;|copyright ?(?:©|\(c\)|&copy;|(?=\d{4}))).{0,100}")
_COOKIES = re.compile(r"\bcookies?\b|\bconsent\b|\bprivacy\b|datenschutz")
_LICENCES = re.compile(r"copyright|licen[cs]|warrant|redistribut|\blizenz|urheber")
# The first that matches counts: a copyright with all rights reserved is ``RIGHTS``.
TOPICS = {RIGHTS: _LICENCES, COPYRIGHT: _LICENCES, BUTTONS: _COOKIES, CONSENT: _COOKIES}
