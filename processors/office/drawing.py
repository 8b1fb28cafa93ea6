"""Text that stands in drawings of Office documents: charts as tables, diagrams as lists of their texts."""

import re
from collections.abc import Iterator

from lxml import etree

from processors.office.blocks import Block
from processors.office.package import (
    Package,
    Relationship,
    attribute,
    child,
    children,
    name_of,
    number,
    relationship_id,
)

MAX_POINTS = 10_000  # of one chart; the numbers of a longer one are no text
MAX_SERIES = 255  # that Excel draws in one chart
_FRAMES = {"c:chart", "dgm:relIds"}


def choice(alternatives: etree._Element) -> etree._Element | None:
    """Return the one branch of ``mc:AlternateContent`` that is read: the newest form, else the fallback."""
    chosen = child(alternatives, "mc:Choice")
    return chosen if chosen is not None else child(alternatives, "mc:Fallback")


def contents(element: etree._Element, looked_through: frozenset[str]) -> Iterator[etree._Element]:
    """Yield the children of ``element``, those of elements ``looked_through`` and of the branch read in their place."""
    waiting = list(reversed(element))
    while waiting:
        one = waiting.pop()
        name = name_of(one)
        if name == "mc:AlternateContent":
            branch = choice(one)
            waiting += reversed(branch) if branch is not None else ()
        elif name in looked_through:
            waiting += reversed(one)
        elif name:
            yield one


def found_in(drawing: etree._Element, wanted: frozenset[str]) -> Iterator[etree._Element]:
    """Yield the elements below ``drawing`` called as ``wanted``, none inside another, of alternatives one branch."""
    waiting = [drawing]
    while waiting:
        element = waiting.pop()
        if name_of(element) in wanted:
            yield element
        elif name_of(element) == "mc:AlternateContent":
            branch = choice(element)
            waiting += [branch] if branch is not None else []
        else:
            waiting += reversed(element)


def figures(drawing: etree._Element, package: Package, relationships: dict[str, Relationship]) -> Iterator[Block]:
    """Yield what the charts and diagrams that ``drawing`` shows say."""
    for frame in found_in(drawing, frozenset(_FRAMES)):
        is_chart = name_of(frame) == "c:chart"
        relationship = relationships.get(relationship_id(frame, "id" if is_chart else "dm"))
        if relationship is None or relationship.external:
            continue
        root = package.xml(relationship.target)
        if root is not None:
            yield from _chart(root) if is_chart else _diagram(root)


def _diagram(root: etree._Element) -> Iterator[Block]:
    for point in root.iter("{*}t"):
        if name_of(point) == "dgm:t":
            for paragraph in children(point, "a:p"):
                text = _text(paragraph)
                if text:
                    yield Block("item", text)


def _text(element: etree._Element) -> str:
    return "".join(one.text or "" for one in element.iter("{*}t") if name_of(one) == "a:t").strip()


def shape_paragraphs(shape: etree._Element) -> Iterator[Block]:
    """Yield the paragraphs of a drawn ``shape`` that holds no text of Word."""
    for paragraph in children(shape, "a:p"):
        if _text(paragraph):
            yield Block("paragraph", _text(paragraph))


def _chart(root: etree._Element) -> Iterator[Block]:
    chart = child(root, "c:chart")
    plot = child(chart, "c:plotArea")
    kinds = [kind for kind in (plot if plot is not None else ()) if child(kind, "c:ser") is not None]
    title = child(chart, "c:title", "c:tx")
    said = [_kind(kind) for kind in kinds[:1]] + [_text(title) if title is not None else ""]
    yield Block("paragraph", ": ".join(one for one in said if one))
    series = [one for kind in kinds for one in children(kind, "c:ser")][:MAX_SERIES]
    columns = [_series(one) for one in series]
    names = next((names for _, names, _ in columns if names), {})
    points = sorted(set(names).union(*(values for *_, values in columns)))[:MAX_POINTS]
    if points:
        head = ["", *(name for name, *_ in columns)]
        rows = [[names.get(at, ""), *(values.get(at, "") for *_, values in columns)] for at in points]
        yield Block("table", rows=[head, *rows])


def _kind(chart: etree._Element) -> str:
    """Return ``c:lineChart`` as "Line chart"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name_of(chart).removeprefix("c:").replace("3D", ""))
    return words.capitalize()


def _series(series: etree._Element) -> tuple[str, dict[int, str], dict[int, str]]:
    def cached(*names: str) -> dict[int, str]:
        points: dict[int, str] = {}
        for name in names:
            source = child(series, name)
            for point in source.iter("{*}pt") if source is not None else ():
                at = number(point, "idx") or 0
                points.setdefault(at, _rounded(" ".join("".join(point.itertext("{*}v")).split())))
        return points

    return " ".join(cached("c:tx").values()), cached("c:cat", "c:xVal"), cached("c:val", "c:yVal")


def _rounded(value: str) -> str:
    """Return a number as a chart labels it, without what binary fractions add (4.3 is stored 4.2999999999999998)."""
    try:
        return f"{float(value):.10g}" if "." in value and "n" not in value.lower() else value
    except ValueError:
        return value


def is_hidden(shape: etree._Element) -> bool:
    """Return whether ``cNvPr`` of the drawn ``shape`` hides it."""
    properties = next((one for one in shape.iter("{*}cNvPr", "{*}docPr")), None)
    return (attribute(properties, "hidden") or "").lower() in {"1", "true"}
