import pytest
from lxml import html

from processors.html.code import language_of, set_code_aside
from processors.html.data_tables import mark_tables, tabled
from processors.html.formulas import set_formulas_aside
from processors.html.inline import code_span, mark_inline
from processors.html.languages import language_name
from processors.html.marks import mark, unmark, with_marks, without_marks
from processors.html.quotes import mark_quotes, quoted
from processors.html.tokens import TOKEN, put_back
from processors.html.writer import markdown_of

PROSE = "<p>" + "Enough words of an ordinary paragraph for an extractor to see an article here. " * 6 + "</p>"


def tree_of(source):
    return html.document_fromstring(f"<html><body><div id='all'>{source}</div></body></html>")


def written(source):
    root = tree_of(source).get_element_by_id("all")
    mark_inline(root)
    return markdown_of(root)


def extracted(source):
    from trafilatura import extract

    tree = tree_of(f"<article>{PROSE}{source}{PROSE}</article>")
    kept, marks = set_code_aside(tree), mark(tree)
    text = extract(tree, fast=True, output_format="markdown", include_comments=False, include_tables=True)
    kept = put_back(with_marks(text, marks), kept)
    return "\n\n".join(part for part in kept.split("\n\n") if "ordinary paragraph" not in part).strip()


def through(tree):
    kept = {**set_formulas_aside(tree), **set_code_aside(tree)}
    marks = mark(tree)
    mark_inline(tree)
    return put_back(with_marks(markdown_of(tree), marks), kept)


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ('<pre><code class="language-python">x</code></pre>', "python"),
        ('<pre class="lang-js">x</pre>', "javascript"),
        ('<pre class="brush: c++; gutter: false">x</pre>', "cpp"),
        ('<pre class="sourceCode haskell">x</pre>', "haskell"),
        ('<pre class="prettyprint lang-rb">x</pre>', "ruby"),
        ('<div data-lang="YAML"><pre>x</pre></div>', "yaml"),
        ('<div class="highlight-python3 notranslate"><div class="highlight"><pre>x</pre></div></div>', "python"),
        ('<div class="highlight-shell-session"><div class="highlight"><pre>$ x</pre></div></div>', "shell-session"),
        ('<div class="highlight-console"><div class="highlight"><pre>$ x</pre></div></div>', "console"),
        (
            '<div class="highlight-default"><div class="highlight"><pre><span class="kn">x</span></pre></div></div>',
            "python",
        ),
        ('<div class="highlight-default"><div class="highlight"><pre>x</pre></div></div>', ""),
        ('<pre><code class="hljs rust">x</code></pre>', "rust"),
        ('<div class="highlight highlight-source-shell"><pre>x</pre></div>', "shell"),
        ('<div class="mw-highlight mw-highlight-lang-lua"><pre>x</pre></div>', "lua"),
        ('<pre class="src src-emacs-lisp">x</pre>', "elisp"),
        ('<pre><code class="language-plaintext">x</code></pre>', ""),
        ('<div class="lang-en"><pre>x</pre></div>', ""),
        ('<pre class="wp-block-code">x</pre>', ""),
        ('<div class="highlight"><table><tr><td class="code"><pre class="go">x</pre></td></tr></table></div>', "go"),
    ],
)
def test_the_language_of_code_is_read_from_whatever_names_it(source, language):
    assert language_of(next(tree_of(source).iter("pre"))) == language


@pytest.mark.parametrize(
    ("name", "one"), [("Python3", "python"), ("pycon3", "pycon"), ("C#", "csharp"), ("golang", "go"), ("text/x-java", "java"),
                      ("none", ""), ("a b", ""), ("x" * 30, "")],
)  # fmt: skip
def test_a_language_has_one_name(name, one):
    assert language_name(name) == one


def test_what_begins_with_a_prompt_is_a_session_of_python():
    assert written('<pre class="language-py">&gt;&gt;&gt; 1\n1</pre>') == "```pycon\n>>> 1\n1\n```"


@pytest.mark.parametrize(
    "source",
    [
        "<pre><span class='lineno'>1 </span>a\n\n<span class='lineno'>2 </span>  b</pre>",
        "<pre><button>Copy</button>a\n\n  b</pre>",
        "<pre>a<br><br>  b</pre>",
        "<pre><div>a</div><div>\n</div><div>  b</div></pre>",
        "<pre><ol><li>a</li><li>\n</li><li>  b</li></ol></pre>",
        "<pre>\n\na\r\n\r\n\xa0 b\n\n</pre>",
        "<table class='highlighttable'><tr><td class='linenos'><pre>1\n2\n3</pre></td><td><pre>a\n\n  b</pre></td></tr></table>",
    ],
)
def test_code_is_what_a_reader_copies(source):
    tree = tree_of(source)
    assert list(set_code_aside(tree).values()) == ["```\na\n\n  b\n```"]


NUMBERED = "<td class='gutter'><div class='line'>1</div><div class='line'>2</div></td>"


@pytest.mark.parametrize(
    "source",
    [
        (
            f"<div class='syntaxhighlighter python'><div class='toolbar'>?</div><table><tr>{NUMBERED}<td class='code'>"
            "<div class='container'><div class='line'><code>def</code> <code>f():</code></div><div class='line'>&nbsp;</div>"
            "<div class='line'><code>&nbsp;&nbsp;</code><code>return 1</code></div></div></td></tr></table></div>"
        ),
        (
            "<div class='crayon-syntax'><div class='crayon-toolbar'><span class='crayon-language'>Python</span></div>"
            "<table class='crayon-table'><tr><td class='crayon-nums'><div>1</div></td><td class='crayon-code'>\n<div>\n"
            "  <div class='crayon-line'>def f():</div>\n  <div class='crayon-line'>&nbsp;</div>\n"
            "<div class='crayon-line'>&nbsp; return 1</div></div></td></tr></table></div>"
        ),
        (
            "<div class='blob-wrapper data type-python'><table>\n<tr>\n<td class='blob-num'></td>\n<td class='blob-code'>def f():</td></tr>"
            "<tr><td class='blob-num'></td><td class='blob-code'>\n</td></tr>"
            "<tr><td class='blob-num'></td><td class='blob-code'>  return 1</td></tr></table></div>"
        ),
        "<div class='code' data-lang='python' style='white-space: pre; color: red'>def f():\n\n  return 1</div>",
        "<code class='language-python'>def f():<br>\n<br>\n&nbsp; return 1</code>",
    ],
)
def test_code_drawn_without_pre_is_code(source):
    assert extracted(source) == "```python\ndef f():\n\n  return 1\n```"


@pytest.mark.parametrize(
    "source",
    [
        "<table><tr><td class='code'>DE</td><td>49</td></tr><tr><td class='code'>FR</td><td>33</td></tr></table>",
        "<table><tr><td class='code'>DE</td></tr></table>",
        "<div style='white-space: pre-wrap'>Dear all,\nthe meeting is moved.</div>",
        "<div style='white-space: pre'>One line of prose.</div>",
        "<p><code>one</code><br><code>two</code></p>",
        "<table><tr><td><code>one<br>two</code></td><td>x</td></tr></table>",
    ],
)
def test_what_only_resembles_code_is_left_as_it_is(source):
    assert set_code_aside(tree_of(source)) == {}


@pytest.mark.parametrize(
    "source",
    [
        "<pre><span style='display: block'>x = 1</span><span style='display:block'>y = 2</span></pre>",
        "<pre><code><span class='line'>x = 1</span><span class='line'>y = 2</span></code></pre>",
        "<pre><code><span class='line'>x = 1</span>\n<span class='line'>y = 2</span></code></pre>",
        "<pre><code><span class='token-line'>x = 1<br></span><span class='token-line'>y = 2<br></span></code></pre>",
        "<pre><code><span class='line'><i>x = 1\n</i></span><span class='line'>y = 2\n</span></code></pre>",
    ],
)
def test_each_line_element_of_code_ends_one_line(source):
    assert list(set_code_aside(tree_of(source)).values()) == ["```\nx = 1\ny = 2\n```"]


def test_code_with_line_breaks_amid_a_sentence_parts_it():
    assert extracted("<p>So do <tt>x = 1<br>&nbsp;y = 2</tt> and all is well.</p>") == (
        "So do\n\n```\nx = 1\n y = 2\n```\n\nand all is well."
    )


def test_code_in_a_list_item_stays_in_it():
    assert extracted("<ul><li>one</li><li>two<pre><code>if x:\n\n    y</code></pre>then</li></ul>") == (
        "- one\n- two\n\n  ```\n  if x:\n\n      y\n  ```\n\n  then"
    )


def test_quotes_keep_their_mark_and_their_depth():
    source = "<blockquote><p>Outer words.</p><blockquote><p>Inner words.</p></blockquote>Bare<br>lines</blockquote><p>After.</p>"
    assert extracted(source) == "> Outer words.\n>\n> > Inner words.\n>\n> Bare\n>\n> lines\n\nAfter."


@pytest.mark.parametrize("outer", ["Outer words.", "<p>First.</p>Outer words."])
def test_bare_words_before_a_quote_in_a_quote_stay_apart_from_it(outer):
    text = extracted(f"<blockquote>{outer}<blockquote>Inner words.</blockquote></blockquote>")
    assert text.endswith("> Outer words.\n>\n> > Inner words.")


def test_code_after_a_quote_in_a_quote_stays_apart_from_it():
    text = extracted("<blockquote>Outer<blockquote>Inner words.</blockquote><pre>a\n\nb</pre></blockquote>")
    assert text == "> Outer\n>\n> > Inner words.\n>\n> ```\n> a\n>\n> b\n> ```"


def test_code_and_lists_in_a_quote_are_quoted():
    text = extracted("<blockquote><p>See:</p><pre>a\n\nb</pre><ul><li>one</li><li>two</li></ul></blockquote>")
    assert "> See:" in text
    assert "> - one\n> - two" in text


def test_a_page_laid_out_with_a_quote_is_no_quote():
    tree = tree_of("<blockquote><p>One.</p><p>Two.</p></blockquote>")
    marks = mark_quotes(tree)
    assert quoted("\n\n".join(p.text_content() for p in tree.iter("p")), marks) == "One.\n\nTwo."


def test_what_the_extractor_drops_does_not_come_back():
    tree = tree_of(
        "<blockquote><p>Buy now</p></blockquote><table><tr><td>a<td>b<tr><td>c<td>d</table><dl><dt>e<dd>f</dl><pre>g</pre>"
    )
    kept, marks = set_code_aside(tree), mark(tree)
    assert all((kept, *marks))
    assert put_back(with_marks("Nothing of it.", marks), kept) == "Nothing of it."


def test_marks_can_be_taken_out_again():
    source = "<blockquote><p>a <b>b</b></p>c</blockquote><table><tr><td>a<td>b<tr><td>c<td>d</table><dl><dt>e<dd>f</dl>"
    tree, plain = tree_of(source), tree_of(source)
    mark(tree)
    assert "GRIST" in tree.text_content()
    assert without_marks(tree.text_content()).split() == plain.text_content().split()
    unmark(tree)
    assert tree.text_content().split() == plain.text_content().split()


def test_tables_keep_spans_pipes_lists_and_their_head():
    table = (
        "<table><tr><th>A|B<th>C<th>D</tr><tr><td>1<td colspan=2>wide | cell</tr>"
        "<tr><td rowspan=2>tall<td><code>a|b</code><td>x</tr><tr><td>y<br>z<td><ul><li>one<li>two</ul></tr></table>"
    )
    assert extracted(table).split("\n") == [
        "| A\\|B | C | D |", "| --- | --- | --- |", "| 1 | wide \\| cell |  |", "| tall | `a\\|b` | x |", "|  | y z | - one - two |",
    ]  # fmt: skip


def test_code_of_more_lines_in_a_table_keeps_them():
    table = "<table><tr><td>a<td><pre>x = 1\n\n  y</pre></tr><tr><td>b<td><pre>z</pre></tr></table>"
    assert "```\nx = 1\n\n  y\n```" in extracted(table)


def test_short_code_in_a_table_with_a_head_stays_in_its_cell():
    table = "<table><tr><th>Command<th>Use</tr><tr><td><pre>a | b\nc</pre><td>does <code>x</code><ul><li>one<li>two</ul></tr></table>"
    assert extracted(table).split("\n") == [
        "| Command | Use |", "| --- | --- |", "| `a \\| b`<br>`c` | does `x` - one - two |",
    ]  # fmt: skip


def test_long_code_in_a_table_is_a_block():
    code = "\n".join("abcdefgh")
    assert f"```\n{code}\n```" in extracted(f"<table><tr><th>A<th>B</tr><tr><td>x<td><pre>{code}</pre></tr></table>")


def test_a_table_says_no_more_than_the_extractor_kept():
    tree = tree_of("<table><tr><td>a<td>b</tr><tr><td>" + "advertisement " * 50 + "<td>d</tr></table>")
    marks = mark_tables(tree)
    (token,) = marks
    assert tabled(f"| {token} a | b |\n", marks) == "| a | b |\n"


def test_definitions_and_numbers_are_kept():
    assert extracted("<dl><dt>Term</dt><dd>What it means.</dd></dl>") == "Term\n: What it means."
    assert extracted("<ol start=4><li>four</li><li>five</li></ol>") == "4. four\n5. five"


@pytest.mark.parametrize(
    ("source", "formula"),
    [
        ("<math><mi>x</mi><mo>=</mo><mfrac><mn>1</mn><msqrt><mn>2</mn></msqrt></mfrac></math>", "$x = \\frac{1}{\\sqrt{2}}$"),
        ("<math display='block'><msubsup><mo>∫</mo><mn>0</mn><mi>∞</mi></msubsup><mi>f</mi></math>", "$$\\int_{0}^{\\infty}f$$"),
        ("<math><mi>sin</mi><mi>θ</mi><mo>≤</mo><mover><mi>v</mi><mo>→</mo></mover></math>", "$\\sin \\theta \\le \\vec{v}$"),
        ("<math><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr></mtable></math>", "$\\begin{matrix}1 & 0\\end{matrix}$"),
        ("<math><mtext>if </mtext><mi>max</mi><mfenced><mi>a</mi><mi>b</mi></mfenced></math>", "$\\text{if} \\max (a,b)$"),
        ("<math alttext='a^2'><mi>a</mi></math>", "$a^2$"),
        ("<mjx-container class='MathJax' display='true'><mjx-math>x</mjx-math><mjx-assistive-mml><math><msup><mi>x</mi><mn>2</mn></msup></math></mjx-assistive-mml></mjx-container>", "$$x^{2}$$"),
        ("<span class='MathJax' data-mathml='<math><mi>y</mi></math>'><span>y</span></span>", "$y$"),
        ("<span class='katex-display'><span class='katex'><math><semantics><mi>z</mi><annotation encoding='application/x-tex'>z_1</annotation></semantics></math><span class='katex-html'>z1</span></span></span>", "$$z_1$$"),
        ("<span class='math notranslate'>\\(a_b\\)</span>", "$a_b$"),
        ("<div class='math'>\\[a\n b\\]</div>", "$$a\n b$$"),
        ("<img class='latex' alt='\\sum_k k'>", "$\\sum_k k$"),
        ("<img class='tex' alt='$a_1$'>", "$a_1$"),
        ("<img src='https://latex.codecogs.com/gif.latex?x' alt='x^3'>", "$x^3$"),
        ("<img class='mwe-math-fallback-image-display' alt='{\\displaystyle x^2}'>", "$$x^2$$"),
        ("<span class='mwe-math-element'><math alttext='q'></math><img class='mwe-math-fallback-image-inline' alt='q'></span>", "$q$"),
        ("<img class='latex'><img src='a.png' alt='A kettle'>", ""),
    ],
)  # fmt: skip
def test_formulas_are_tex_however_they_are_drawn(source, formula):
    tree = tree_of(f"<p>See {source} here.</p>")
    kept = set_formulas_aside(tree)
    assert " ".join(put_back(tree.text_content(), kept).split()) == " ".join(f"See {formula} here.".split())


@pytest.mark.parametrize(
    ("source", "markdown"),
    [
        ("<p>a <b> bold </b>word, <i>it</i> and <del>gone</del></p>", "a **bold** word, *it* and ~~gone~~"),
        ("<p>H<sub>2</sub>O, 2<sup>n</sup></p>", "H<sub>2</sub>O, 2<sup>n</sup>"),
        ("<h2>The <b>strong</b> <code>name</code></h2><p>x</p>", "## The strong `name`\n\nx"),
        ("<p>one<br>two<br><br>three</p>", "one  \ntwo\n\nthree"),
        ("<p>a <b></b>b</p>", "a b"),
        ("<p><code>a<br>b</code></p>", "`a b`"),
        ("<dl><dt>T<dd><p>one</p><p>two</p></dl>", "T\n: one\n\n  two"),
        ("<ul><li>a<ul><li>b<ol><li>c</ol></ul></ul>", "- a\n  - b\n    1. c"),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b"),
        ("<ul><li><h2>Section</h2><p>text</p></li></ul>", "## Section\n\ntext"),
    ],
)
def test_the_writer_has_a_form_for_every_element(source, markdown):
    assert written(source) == markdown


def test_code_spans_may_hold_backticks():
    assert code_span("a ` b") == "``a ` b``"
    assert code_span("`a`") == "`` `a` ``"


def test_code_and_formulas_fit_into_a_row_of_a_table():
    tree = tree_of("<pre>a | b\n\nc</pre><math alttext='|x|'></math>")
    kept = {**set_formulas_aside(tree), **set_code_aside(tree)}
    formula, code = kept
    assert put_back(f"| {code} | {formula} |", kept) == "| `a \\| b`<br>`c` | $\\|x\\|$ |"


def test_a_token_in_prose_is_replaced_in_place_and_an_unknown_one_stays():
    tree = tree_of("<pre>x</pre>")
    kept = set_code_aside(tree)
    (token,) = kept
    other = f"GRISTcode{'0' * 12}x0x"
    assert put_back(f"1. {token}\n\n{other}", kept) == f"1. ```\n   x\n   ```\n\n{other}"
    assert TOKEN.fullmatch(other)


@pytest.mark.parametrize(
    "source",
    ["<blockquote>" * 100_000 + "x", "<ul><li>" * 100_000 + "x", "<table><tr><td>" * 100_000 + "x", "<dl><dd>" * 100_000 + "x",
     "<math>" + "<msqrt>" * 100_000 + "x", "<b>" * 100_000 + "x", "<table>" + "<tr><td colspan=1000000000 rowspan=1000000000>x<td>y" * 50],
)  # fmt: skip
def test_hostile_nesting_and_spans_are_bounded(source):
    tree = tree_of(source)
    assert len(through(tree)) < 200_000


@pytest.mark.parametrize(
    "piece",
    ["<pre>x</pre>", "<pre><span class=lineno>1</span>x\n", "<blockquote>x<br>y</blockquote>", "<table><tr><td>a<td>b<tr><td>c<td>d</table>",
     "<tr><td>a<td>b", "<dl><dt>a<dd>b</dl>", "<ol start=3><li>x</ol>", "<math><mi>x</mi></math>", "<span class=math>\\(x\\)</span>",
     "<script type='math/tex'>x</script><span class=MathJax>x</span>", "<b>x</b>", "<code>x<br>y", "<pre><span class=line>x",
     "<div class=syntaxhighlighter><div class=toolbar>x</div><table><tr><td class=gutter>1<td class=code><div>x<div>y</table>",
     "<div style='white-space:pre'>x\ny", "<blockquote>x<blockquote>y", "<img class=tex alt=x>"],
)  # fmt: skip
def test_time_is_in_proportion_to_length(piece, growth):
    start = "<table>" if piece.startswith("<tr") else ""
    assert growth(lambda source: through(tree_of(source)), lambda count: start + piece * count, 1_000) < 10
