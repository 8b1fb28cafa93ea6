"""May AI be trained on a page? Every signal found is kept as evidence; the most restrictive one decides.

``docs/consent.md`` lists the signals with their specifications. Each is read where it is carried (robots.txt, headers,
markup, ``tdmrep.json``, ``ai.txt``, RSL documents), kept raw, and judged here by its source.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from scrapers.crawl.consent_files import from_ai_txt, from_tdmrep
from scrapers.crawl.consent_paths import path_of
from scrapers.crawl.consent_robots import INFERRED, from_robots, from_training_bots
from scrapers.crawl.consent_rsl import CARRIER, from_rsl, rsl_urls, terms_verdict
from scrapers.crawl.consent_usage import dictionary_verdict, directives_verdict, loose_verdict, reservation_verdict
from scrapers.crawl.markup import Markup
from scrapers.page import Signal, Verdict

__all__ = [
    "INFERRED",
    "decide",
    "from_ai_txt",
    "from_headers",
    "from_markup",
    "from_robots",
    "from_rsl",
    "from_tdmrep",
    "from_training_bots",
    "rsl_urls",
    "verdict_of",
]

HEADERS = {
    "content-usage": "header Content-Usage",
    "content-signal": "header Content-Signal",
    "content-signals": "header Content-Signals",
    "x-robots-tag": "header X-Robots-Tag",
    "tdm-reservation": "header tdm-reservation",
    "tdm-policy": "header tdm-policy",
}


def decide(signals: Iterable[Signal], *, inferred: bool = False) -> tuple[Verdict, Signal | None]:
    """Return the most restrictive verdict and the first signal it rests on.

    ``inferred`` heeds what is inferred from rules for other crawlers too (``from_training_bots``).
    """
    judged = [(verdict_of(signal), signal) for signal in signals if inferred or signal.source != INFERRED]
    for wanted in ("deny", "allow"):
        for verdict, signal in judged:
            if verdict == wanted:
                return verdict, signal
    return "unknown", None


def verdict_of(signal: Signal) -> Verdict:
    """Return what one signal says of training; what cannot be understood says nothing."""
    if signal.source.startswith(CARRIER):
        return terms_verdict(signal.value)
    judge = JUDGES.get(signal.source)
    return judge(signal.value) if judge else "unknown"


def from_headers(headers: Mapping[str, str], url: str, fetched_at: datetime) -> tuple[Signal, ...]:
    """Return the signals in the lower-cased ``headers`` of an answer; RSL links are told by ``rsl_urls``."""
    path = path_of(url)
    return tuple(Signal(label, headers[name], path, fetched_at) for name, label in HEADERS.items() if name in headers)


def from_markup(markup: Markup, url: str, fetched_at: datetime) -> tuple[Signal, ...]:
    """Return the signals in the meta elements and the RSL scripts of a page."""
    path = path_of(url)
    tags = [Signal("meta robots", value, path, fetched_at) for value in markup.robots]
    rights = [Signal("meta tdm-reservation", value, path, fetched_at) for value in markup.tdm_reservation]
    licences = (written.strip().encode() for written in markup.rsl_documents)
    terms = [signal for xml in licences for signal in from_rsl(xml, url, fetched_at, "script")]
    return (*tags, *rights, *terms)


def _always(verdict: Verdict) -> Callable[[str], Verdict]:
    return lambda _value: verdict


JUDGES: dict[str, Callable[[str], Verdict]] = {
    "robots.txt Content-Usage": dictionary_verdict,
    "header Content-Usage": dictionary_verdict,
    "robots.txt Content-Signal": loose_verdict,
    "header Content-Signal": loose_verdict,
    "header Content-Signals": loose_verdict,
    "header X-Robots-Tag": directives_verdict,
    "meta robots": directives_verdict,
    "header tdm-reservation": reservation_verdict,
    "meta tdm-reservation": reservation_verdict,
    "tdmrep.json tdm-reservation": reservation_verdict,
    "PDF tdm-reservation": reservation_verdict,
    "EPUB tdm-reservation": reservation_verdict,
    "robots.txt DisallowAITraining": _always("deny"),
    "robots.txt AllowAITraining": _always("allow"),
    "ai.txt Disallow": _always("deny"),
    "ai.txt Allow": _always("allow"),
    INFERRED: _always("deny"),
}
