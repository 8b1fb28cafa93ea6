import pytest

from processors.mediawiki_markdown import mediawiki_text


@pytest.mark.parametrize(
    ("source", "markdown"),
    [
        ("<div>Text <b>bold</b><p>para</p>tail</div>", "Text bold\n\npara\n\ntail"),
        ("<center>Text</center>", "Text"),
        ("<h1>Title</h1><p>x</p>", "# Title\n\nx"),
        ("<table><caption>Beers</caption><tr><th>A</th><th>B</th></tr><tr><td>1|2</td></tr></table>", "Beers\n\n| A | B |\n| --- | --- |\n| 1\\|2 |"),
        ("<table><tr><td>a<table><tr><td>b</td><td>c</td></tr></table></td></tr></table>", "a\n\n| b | c |\n| --- | --- |"),
        ("<table><tr><td rowspan=2>a<td>b<tr><td>c</table>", "| a | b |\n| --- | --- |\n|  | c |"),
        ("<dl><dd>a<dl><dd>b</dd></dl></dd><dd>c</dd></dl>", "a\n\nb\nc"),
        ("<ul><li>a<pre>x\n  y</pre></li></ul>", "- a\n\n  ```\n  x\n    y\n  ```"),
        ("<ol start=4><li>a<ul><li>b</li></ul></li><li>c</li></ol>", "4. a\n   - b\n5. c"),
        ('<div class="mw-highlight mw-highlight-lang-python"><pre>x</pre></div>', "```python\nx\n```"),
        ("<pre>```</pre>", "````\n```\n````"),
        ("<pre> </pre>", ""),
        ('<p><code>x</code> <img class="mwe-math-fallback-image-inline" alt="{\\displaystyle y}"></p>', "`x` $y$"),
        ('<p>Born <span style="display: none">(1990)</span>1 Jan</p>', "Born 1 Jan"),
        ('<div class="poem"><p>one<br>two</p></div>', "one  \ntwo"),
    ],
)  # fmt: skip
def test_every_element_mediawiki_writes_has_its_markdown(source, markdown):
    assert mediawiki_text(source) == markdown


@pytest.mark.parametrize(
    "piece", ['<sup class="reference">1</sup>a ', '<math alttext="x"></math>', "<br>x", "<img class=tex alt=x>"]
)
def test_time_is_in_proportion_to_length(piece, growth):
    assert growth(mediawiki_text, lambda count: "<p>" + piece * count, 10_000) < 10


@pytest.mark.parametrize("element", ["<div>", "<blockquote>", "<ul><li>", "<table><tr><td>", "<dl><dd>"])
def test_deep_nesting_does_not_recurse(element):
    assert isinstance(mediawiki_text(element * 1_500 + "x"), str)
