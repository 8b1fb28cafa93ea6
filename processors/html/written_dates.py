"""Days as pages write them: in ISO 8601, in figures, with the names of months in a score of languages."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

# A day outside these years is a mistake of the page or no day of publication.
FIRST_YEAR, LAST_YEAR = 1900, 2099
# What programs write when they know no date: the zeros of Unix, Excel and SQL Server.
_NO_DAYS = {(1970, 1, 1), (1900, 1, 1), (1899, 12, 30)}

# The names of the months and how they are shortened, letters without accents: English; German, Dutch, Scandinavian;
# Romance; Slavic; Turkish, Hungarian; Russian, Bulgarian. Another word that begins like one is none.
_MONTHS = (
    (
        "january jan januar januari janner jaenner januarie janvier janv enero ene gennaio gen janeiro gener "
        "ianuarie ian styczen stycznia sty leden ledna led januara januarja "
        "ocak oca январь января янв януари"
    ),
    (
        "february feb februar februari feber fevrier fevr fev febrero febbraio fevereiro febrer februarie "
        "luty lutego lut unor unora uno februara februarja subat sub февраль февраля февр фев февруари"
    ),
    (
        "march mar marz maerz mrz maart mrt maret mars marts marzo marco marc martie "
        "marzec marca marec brezen brezna bre mart marcius март марта мар"
    ),
    (
        "april apr avril avr abril abr aprile aprilie kwiecien kwietnia kwi duben dubna dub aprila nisan nis aprilis "
        "апрель апреля април апр"
    ),
    "may mai mei maj maj maggio mag mayo maio maig maja kveten kvetna kve majus mayis маи мая",
    (
        "june jun juni juin junio giugno giu junho juny iunie iun czerwiec czerwca cze cerven cervna cer juna junija "
        "haziran haz junius июнь июня июн юни"
    ),
    (
        "july jul juli juillet juil julio luglio lug julho juliol iulie iul "
        "lipiec lipca lip cervenec cervence jula julija temmuz tem julius июль июля июл юли"
    ),
    (
        "august aug augustus augusti agustus aout aou agosto ago agost sierpien sierpnia sie srpen srpna srp augusta "
        "avgust avgusta agustos agu augusztus август августа авг"
    ),
    (
        "september sep sept septembre septiembre setiembre settembre setembro setembre set sett septembrie "
        "wrzesien wrzesnia wrz zari zar septembra eylul eyl szeptember szept сентябрь сентября сент сен септември сеп"
    ),
    (
        "october oct oktober okt octobre octubre ottobre ott outubro out octombrie pazdziernik pazdziernika paz "
        "rijen rijna rij oktobra ekim eki октябрь октября окт октомври"
    ),
    (
        "november nov novembre noviembre novembro noiembrie noi listopad listopadu listopada lis list novembra "
        "kasim kas ноябрь ноября нояб ноя ноември"
    ),
    (
        "december dec dezember dez desember decembre diciembre dic dicembre dezembro desembre decembrie "
        "grudzien grudnia gru prosinec prosince pro decembra aralik ara декабрь декабря дек декември"
    ),
)
_NUMBER_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}

_ISO = r"(?P<y>(?:19|20)\d\d)(?P<isep>[-/.])(?P<m>\d{1,2})(?P=isep)(?P<d>\d{1,2})(?!\d)"
_COMPACT = r"(?P<cy>(?:19|20)\d\d)(?P<cm>[01]\d)(?P<cd>[0-3]\d)(?!\d)"
_FIGURES = r"(?P<a>\d{1,2})(?P<fsep>\.|/|-) ?(?P<b>\d{1,2})(?P=fsep) ?(?P<fy>(?:19|20)\d\d|\d\d)(?![\d/]|[.:-]\d)"
_DAY_FIRST = (
    r"(?P<wd>\d{1,2})(?:st|nd|rd|th|er|º|\.)?,?[ -]*(?:de |of |d')?(?P<wm>[^\W\d_]{3,12})\.?,?"
    r"[ -]*(?:de |del )?(?P<wy>(?:19|20)\d\d|'\d\d)(?!\d)"
)
_MONTH_FIRST = (
    r"(?P<vm>[^\W\d_]{3,12})\.? *(?P<vd>\d{1,2})(?:st|nd|rd|th|\.)?,? *(?:\d\d:\d\d:\d\d \w{1,5} )?"
    r"(?P<vy>(?:19|20)\d\d)(?!\d)"
)
_EAST_ASIAN = r"(?P<ey>(?:19|20)\d\d) ?[年년] ?(?P<em>\d{1,2}) ?[月월] ?(?P<ed>\d{1,2})"
_DATE = re.compile(
    rf"(?<![\d.,/:-])(?:{_EAST_ASIAN}|{_ISO}|{_COMPACT}|{_FIGURES}|{_DAY_FIRST})|(?<![^\W\d_]){_MONTH_FIRST}"
)

FIGURE = re.compile(r"\d")  # no day is without one


class Written(NamedTuple):
    """A day in a text: midnight UTC of it, and where it stands."""

    day: datetime
    start: int
    end: int


def written_days(text: str, *, month_first: bool = False) -> Iterator[Written]:
    """Yield the days that stand in ``text``, in order; ``month_first`` reads 3/4/2019 as in the United States."""
    for match in _DATE.finditer(text) if FIGURE.search(text) else ():
        day = _day(match, month_first=month_first)
        if day is not None:
            yield Written(day, match.start(), match.end())


def first_day(text: str, *, month_first: bool = False) -> datetime | None:
    """Return the first day that stands in ``text``, at midnight UTC."""
    return next((found.day for found in written_days(text, month_first=month_first)), None)


def _day(match: re.Match[str], *, month_first: bool) -> datetime | None:
    said = {name: value for name, value in match.groupdict().items() if value is not None}
    for year, month, day in (("y", "m", "d"), ("cy", "cm", "cd"), ("ey", "em", "ed")):
        if year in said:
            return valid_day(int(said[year]), int(said[month]), int(said[day]))
    for year, month, day in (("wy", "wm", "wd"), ("vy", "vm", "vd")):
        if year in said:
            return valid_day(_full_year(said[year]), _month(said[month]), int(said[day]))
    first, second = int(said["a"]), int(said["b"])
    if second > 12 or (month_first and said["fsep"] != "." and first <= 12):
        return valid_day(_full_year(said["fy"]), first, second)
    return valid_day(_full_year(said["fy"]), second, first)


def valid_day(year: int, month: int, day: int) -> datetime | None:
    """Return midnight UTC of a day, None where there is no such day or it means that none is known."""
    if not FIRST_YEAR <= year <= LAST_YEAR or (year, month, day) in _NO_DAYS:
        return None
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _full_year(said: str) -> int:
    year = int(said.lstrip("'"))
    return year if year > 99 else year + (2000 if year < 70 else 1900)


def _month(name: str) -> int:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    dotted = plain.replace("\u0131", "i")  # as Turkish writes it
    return _NUMBER_OF.get(dotted, 0)
