import gzip
import io
import random
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.extract_latex import read_latex
from processors.extracted import Extracted
from processors.latex.archive import unpacked

METHODS = rb"""\documentclass[11pt]{article}
\usepackage{amsmath} % for align
\newcommand{\R}{\mathbb{R}}
\newcommand{\norm}[1]{\lVert #1 \rVert}
\newcommand{\method}{\textsc{SlowMill}\xspace}
\newcommand{\eg}[1][e.g.]{\emph{#1}}
\DeclareMathOperator*{\argmin}{arg\,min}
\def\bx{\mathbf{x}}
\newtheorem{thm}{Theorem}[section]
\newtheorem{lem}[thm]{Lemma}
\title{Grinding \emph{Slowly}: \\ a Study\thanks{Supported by nobody.}}
\author{Ada Miller\\ \texttt{ada@mill.test}}
\begin{document}
\maketitle
\begin{abstract}
It is \textbf{fast} enough~\cite{a,b}. It costs 5\% of \$100.
\end{abstract}
\section{Introduction}\label{sec:intro}
Mills have a history \citep{smith}, as G\"odel and Erd\H{o}s knew; na\"{\i}ve mills fail (see \cite{x}).
In Section~\ref{sec:method} we give \method, as in~\cite{y}, without water\footnote{See \url{http://mill.test/a_b%20c}.}.
Let $\bx\in\R^n$, $\norm{\bx}\le 1$---a ``unit'' ball.
\paragraph{Ours} are:
\begin{itemize}
  \item first, \eg{} speed;
  \item second, \begin{enumerate} \item inner \verb|a_b{%| code \end{enumerate}
  \item[(z)] last.
\end{itemize}
\section{Method}\label{sec:method}
\begin{equation}\label{eq:loss}
  L(\bx) = 1 % comment
\end{equation}
\begin{align}
  a &= b \nonumber\\
  c &= \begin{pmatrix} 1 \\ 2 \end{pmatrix} \label{eq:cd}
\end{align}
By \eqref{eq:loss}, \eqref{eq:cd} and Lemma~\ref{lem:b}: \[ \argmin_x f(x) \]
\begin{thm}[Main]\label{thm:main}
Mills grind.
\end{thm}
\begin{proof} Trivial. \qed \end{proof}
\begin{lem}\label{lem:b} Short. \end{lem}
\begin{figure}[t]\centering\includegraphics[width=1in]{f.pdf}
\caption{At \emph{work}~\cite{pic}.}\label{fig:mill}\end{figure}
\begin{table}\caption{Results of Figure~\ref{fig:mill}.}
\begin{tabular}{l@{}cc}
\toprule
Mill & \multicolumn{2}{c}{Speed} \\ \cmidrule(lr){2-3}
slow & 1.0 & \textbf{2} \\[2pt]
fast & $x|y$ & -- \\ \bottomrule
\end{tabular}\end{table}
\begin{lstlisting}[language=Python]
def mill(x):
    return x % 2  # \half

\end{lstlisting}
\begin{quote} Grind slowly. \end{quote}
\iffalse Hidden \fi
\begin{comment} Hidden \end{comment}
\bibliography{refs}
\appendix
\section{Proofs}\label{app:a} See Appendix~\ref{app:a}.
\begin{thebibliography}{9}\bibitem{a} A. Uthor. \end{thebibliography}
\end{document}
Hidden after the end."""

METHODS_TEXT = """# Grinding *Slowly*: a Study

## Abstract

It is **fast** enough. It costs 5% of \\$100.

## Introduction

Mills have a history, as Gödel and Erdős knew; naïve mills fail. In Section 2 we give SlowMill, as in [5], without water (See http://mill.test/a_b%20c.). Let $\\mathbf{x}\\in\\mathbb{R}^n$, $\\lVert \\mathbf{x} \\rVert\\le 1$\u2014a \u201cunit\u201d ball.

**Ours** are:

- first, *e.g.* speed;
- second,

  1. inner `a_b{%` code
- (z) last.

## Method

$$
\\tag{1} L(\\mathbf{x}) = 1
$$

$$
\\begin{align}
a &= b \\\\
  c &= \\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix} \\tag{2}
\\end{align}
$$

By (1), (2) and Lemma 2.2:

$$
\\operatorname{arg\\,min}_x f(x)
$$

**Theorem 2.1 (Main).** Mills grind.

*Proof.* Trivial.

**Lemma 2.2.** Short.

Figure 1: At *work*.

Table 1: Results of Figure 1.

| Mill | Speed |  |
| --- | --- | --- |
| slow | 1.0 | **2** |
| fast | $x\\|y$ | \u2013 |

```python
def mill(x):
    return x % 2  # \\half
```

> Grind slowly.

## Proofs

See Appendix A."""

PHYSICS = {
    "ms.tex": rb"""\documentclass[aps,prl]{revtex4-2}
\usepackage{mymacros}
\input{defs}
\begin{document}
\title{Observation of $\Lambda_c$}
\author{A.~Physicist}\affiliation{Univ.\ X} \email{a@x.test}
\begin{abstract} Seen at \SI{13}{\TeV} with \lumi. \end{abstract}
\maketitle
\include{sections/intro}
\input ../../../etc/passwd
\input{ms}
\end{document}""",
    "defs.tex": rb"""\newcommand\beq{\begin{equation}}\newcommand\eeq{\end{equation}}
\newcommand{\ket}[1]{|#1\rangle}\def\be{\begin{eqnarray}}\def\ee{\end{eqnarray}}
\newcommand{\lumi}{\ensuremath{3\,\mathrm{fb}^{-1}}}\renewcommand{\phi}{\varphi}""",
    "mymacros.sty": rb"\newcommand{\mev}{\ensuremath{\mathrm{MeV}}} \def\@internal#1{x}",
    "sections/intro.tex": rb"""The state $\ket{\phi}$ has 5\,\mev{} here\textemdash as
\beq \label{eq:one} H = E, \eeq
see Eq.~(\ref{eq:one}) and Refs.~\cite{a,b}.
\be a &=& b ,\\ c &=& d. \label{eq:d} \ee
\begin{figure*}\subfloat[Left\label{fig:a}]{\includegraphics{a.eps}}\caption{\label{fig:m} Mass.}\end{figure*}
In \cref{eq:one,eq:d} and \autoref{fig:a}. \input{sections/more}""",
    "sections/more.tex": rb"More \unknown[o]{kept}, \texttt{a\_b}, \href{https://x.test/?a=1&b=2}{a link}, \c{c}a, \v Skoda, \ss, \l{}\'od\'z.",
    "a.eps": b"%!PS" * 1000,
    "ms.bbl": b"\\bibitem{a} Nobody.",
    "reply.tex": b"\\documentclass{letter}\\begin{document}" + b"To the referees. " * 500 + b"\\end{document}",
}

PHYSICS_TEXT = """# Observation of $\\Lambda_c$

## Abstract

Seen at 13 TeV with $3\\,\\mathrm{fb}^{-1}$.

The state $|\\varphi\\rangle$ has 5 $\\mathrm{MeV}$ here\u2014as

$$
\\tag{1} H = E,
$$

see Eq. (1) and Refs. [1, 2].

$$
\\begin{eqnarray}
a &=& b ,\\\\ c &=& d. \\tag{3}
\\end{eqnarray}
$$

Figure 1: Mass.

In equations (1) and (3) and Figure 1. More kept, `a_b`, [a link](https://x.test/?a=1&b=2), ça, Škoda, ß, łódź."""

OLD = rb"""\documentstyle[12pt]{article}
\newtheorem{theorem}{Theorem}
\begin{document}
\title{On \'Etale things}
\section{Intro}
{\em Old} caf{E9} text. {\it Proof:} As in \cite{one}
it is shown that $$ x = 1 $$ holds [2, Theorem 3].
\begin{theorem} {\rm (Foo)} Let $G$ be a group. \end{theorem}
\begin{center} {\large\bf Centre} \end{center}
\end{document}""".replace(b"{E9}", b"\xe9")

OLD_TEXT = """# On Étale things

## Intro

*Old* café text. *Proof:* As in [1] it is shown that

$$
x = 1
$$

holds [2, Theorem 3].

**Theorem 1.** (Foo) Let $G$ be a group.

Centre"""


def archive(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def text(body):
    document = b"\\documentclass{article}\\begin{document}" + body + b"\\end{document}"
    found = read_latex(document, "application/x-eprint")
    assert found.problem is None
    return found.text


@pytest.mark.parametrize(
    ("body", "expected", "title"),
    [
        (METHODS, METHODS_TEXT, "Grinding Slowly: a Study"),
        (gzip.compress(METHODS), METHODS_TEXT, "Grinding Slowly: a Study"),
        (archive(PHYSICS), PHYSICS_TEXT, "Observation of $\\Lambda_c$"),
        (gzip.decompress(archive(PHYSICS)), PHYSICS_TEXT, "Observation of $\\Lambda_c$"),
        (gzip.compress(OLD), OLD_TEXT, "On Étale things"),
    ],
    ids=["plain", "gzip", "tar.gz", "tar", "old"],
)
def test_a_paper_gives_its_whole_text_as_markdown(body, expected, title):
    found = read_latex(body, "application/x-eprint")
    assert found.text == expected
    assert (found.title, found.author, found.created_at, found.messages, found.problem) == (
        title,
        None,
        None,
        None,
        None,
    )


def test_the_submissions_own_word_names_the_main_file():
    files = {
        "a.tex": b"\\documentclass{x}\\begin{document}First, and much longer.\\end{document}",
        "b.tex": b"\\documentclass{x}\\begin{document}Second.\\end{document}",
    }
    assert read_latex(archive(files), "").text == "First, and much longer."
    told = {"00README.json": b'{"sources": [{"filename": "b.tex", "usage": "toplevel"}]}'}
    assert read_latex(archive(files | told), "").text == "Second."
    assert read_latex(archive(files | {"00README.XXX": b"b.tex toplevelfile\n"}), "").text == "Second."
    for odd in (b"[]", b"{", b'{"sources": 3}', b'{"sources": [{"filename": [], "usage": "toplevel"}]}'):
        assert read_latex(archive(files | {"00README.json": odd}), "").text == "First, and much longer."


@pytest.mark.parametrize(
    "body", [b"%PDF-1.5 \x00\x01", gzip.compress(b"%!PS-Adobe-3.0 x", mtime=0), b"%auto-ignore\nWithdrawn."]
)
def test_a_paper_without_source_has_no_text_and_no_problem(body):
    assert read_latex(body, "application/pdf") == Extracted()


@pytest.mark.parametrize(
    "body",
    [b"", b"\0" * 2048, gzip.compress(b"", mtime=0), b"\x1f\x8b\x08junk", b"no tex here", archive({"a.png": b"x"})],
)
def test_a_body_without_tex_is_broken(body):
    assert read_latex(body, "application/gzip").problem == "broken"


def test_a_cut_archive_gives_what_came_before_the_cut():
    body = archive({"main.tex": METHODS, "z.tex": random.Random(1).randbytes(50_000)})
    assert read_latex(body[: len(body) // 2], "application/gzip").text == METHODS_TEXT


BOMB = gzip.compress(b"x" * 40_000_000)
SKIPPED_BOMB = archive({"a.png": b"\0" * 40_000_000, "main.tex": METHODS})
LAUGHS = b"\\def\\a{ha}" + b"".join(b"\\def\\%c{%s}" % (98 + i, b"\\%c " % (97 + i) * 10) for i in range(12)) + b"\\m"
NESTED = archive(
    {"main.tex": b"\\begin{document}" + b"\\input{a}" * 200, "a.tex": b"\\input{b}" * 200, "b.tex": b"c " * 1000}
)


@pytest.mark.parametrize("body", [BOMB, SKIPPED_BOMB, b"\\documentclass{x}\\begin{document}" + LAUGHS, NESTED], ids=["gzip", "member", "macros", "inputs"])  # fmt: skip
def test_what_unpacks_or_expands_without_end_is_a_bomb(body):
    assert read_latex(body, "application/gzip").problem == "bomb"


def test_no_name_leads_out_of_the_archive():
    secret = {"../../etc/passwd.tex": b"root", "/etc/x.tex": b"absolute"}
    body = b"\\documentclass{x}\\begin{document}In. \\input{../../etc/passwd}\\input{/etc/passwd}\\end{document}"
    assert read_latex(archive({"main.tex": body} | secret), "").text == "In."


def test_a_macro_that_names_itself_ends():
    assert text(rb"\def\x{\x\x x}\x{} \def\y{\z}\def\z{\y y}\y{} end") == "x y end"


def test_a_redefinition_of_what_is_known_is_left_out():
    assert text(rb"\renewcommand{\section}[1]{gone}\section{Here}").endswith("## Here")


def test_chapters_stand_above_sections():
    assert text(rb"\chapter{C}\section{S}\label{s} In \ref{s}.") == "## C\n\n### S\n\nIn 1.1."


def test_an_algorithm_is_indented_code():
    body = rb"\begin{algorithmic}[1]\Require $g$ \For{$i$} \If{fine} \State stop \Else \State go \EndIf \EndFor\end{algorithmic}"
    assert text(body) == "```\nRequire: $g$\nfor $i$\n  if fine\n    stop\n  else\n    go\n```"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (rb"A \cite{a}, \cite{b}; and B~\cite{c}.", "A; and B."),
        (rb"A (see \cite{a}; \cite{b}) and [e.g., \cite{c}] B.", "A and B."),
        (rb"\citet{a} show; by \cite{b}. \cite{c} proves.", "[1] show; by [2]. [3] proves."),
        (rb"A. \cite{a}" + b"\n\n" + rb"\cite{b} B.", "A.\n\nB."),
    ],
)
def test_a_citation_goes_unless_the_sentence_needs_it(source, expected):
    assert text(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (rb"\textsuperscript{2}H, 5\,kg, \~{}100, `single' and ``double''", "$^{2}$H, 5 kg, ~100, 'single' and \u201cdouble\u201d"),
        (rb"a \vskip 1cm plus 2pt b\kern-1pt c \hspace*{2em} d", "a b c d"),
        (rb"{\em a b} {\bf c} \textbf{ d }e \emph{}", "*a b* **c** **d** e"),
        (rb"\textcolor{red}{Red}, \mbox{box} and \unknown[x]{kept} \S 3", "Red, box and kept \u00a73"),
        (rb"See Sec.~\ref{none}. Cost \$5\% \& \#1 \_x\_ \{set\}", "See Sec.. Cost \\$5% & #1 _x_ {set}"),
        (rb"$a \text{ if $b$}$ and \(c\) $ $", "$a \\text{ if $b$}$ and $c$"),
        (rb"\begin{description}\item[One] a" + b"\n\n" + rb"b\end{description}", "- **One** a\n\n  b"),
        (rb"\begin{tabular}{l} one \\ two \end{tabular}", "one\n\ntwo"),
        (rb"\begin{theorem}[Zorn]\label{t}\begin{itemize}\item a\end{itemize}\end{theorem} \autoref{t}", "**Theorem 1 (Zorn).**\n\n- a\n\nTheorem 1"),
    ],
)  # fmt: skip
def test_what_is_typeset_reads_as_it_looks(source, expected):
    assert text(source) == expected


PIECES = st.sampled_from(
    [b"{", b"}", b"$", b"$$", b"\\[", b"\\]", b"\\begin{tabular}", b"\\end{tabular}", b"\\begin{figure}", b"\\end{document}",
     b"[", b"]", b"\\\\", b"&", b"%", b"\\item", b"\\newcommand", b"\\def\\a", b"#1", b"\n\n", b"\\verb|", b"\\cite{", b"\\url{",
     b"\\caption{", b"\\label", b"\\begin{itemize}", b"\\input{main}", b"\\newtheorem", b"\\section", b"\xff", b"\xee\x84\x80"]
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(METHODS)), st.integers(0, 80), PIECES), max_size=25))
def test_a_damaged_paper_is_read_without_fault_or_left_marks(damage):
    body = bytearray(METHODS)
    for place, length, piece in damage:
        body[place : place + length] = piece
    found = read_latex(bytes(body), "")
    assert not any("\ue100" <= letter <= "\ue10f" for letter in found.text)
    found.text.encode()


@settings(max_examples=40, deadline=None)
@given(st.binary() | st.binary().map(gzip.compress) | st.lists(PIECES, max_size=60).map(b"".join))
def test_any_bytes_are_read(body):
    for one in (body, b"\\documentclass{x}\\begin{document}" + body):
        read_latex(one, "").text.encode()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6000), st.binary(max_size=8)), max_size=8))
def test_a_damaged_archive_is_read_without_fault(damage):
    body = bytearray(gzip.decompress(archive(PHYSICS)))
    for place, junk in damage:
        body[place : place + len(junk)] = junk
    read_latex(bytes(body), "").text.encode()


@pytest.mark.parametrize(
    "piece",
    [b"{", b"}", b"$", b"[", b"\\foo[", b"\\begin{a}", b"\\emph{", b"\\verb|", b"\\begin{verbatim}", b"\\iffalse ", b"\\newcommand{\\a}{",
     b"\\def\\a{", b"\\begin{itemize}\\item ", b"\\begin{figure}\\caption{", b"\\begin{tabular}{l}&", b" ", b"\n ", b"( ", b"\\cite{a} "],
)  # fmt: skip
def test_very_much_of_one_thing_is_read_in_little_time(piece):
    body = b"\\documentclass{x}\\begin{document}" + piece * (200_000 // len(piece))
    assert read_latex(body, "").problem in {None, "bomb"}


UNFINISHED = {
    "skip": lambda chars: b"\\hskip" + b" " * chars,
    "packages": lambda chars: b"\\usepackage[" * (chars // 12),
    "package": lambda chars: b"\\usepackage" + b"\n" * chars,
    "language": lambda chars: b"\\begin{lstlisting}[language=" + b" " * chars + b"]\nx\n\\end{lstlisting}",
    "languages": lambda chars: b"\\begin{lstlisting}[" + b"language=[" * (chars // 10) + b"\nx\n\\end{lstlisting}",
}


@pytest.mark.parametrize("name", UNFINISHED)
def test_what_is_never_finished_takes_time_in_proportion(name, growth):
    def body(chars):
        return b"\\documentclass{x}\\begin{document}" + UNFINISHED[name](chars)

    assert growth(lambda source: read_latex(source, ""), body, 40_000) < 9


def test_an_archive_of_many_files_takes_time_in_proportion(growth):
    def body(count):
        files = (tarfile.TarInfo(f"{at}.tex") for at in range(count))
        return b"".join(_sized(file).tobuf() + b"x".ljust(tarfile.BLOCKSIZE, b"\0") for file in files)

    assert growth(unpacked, body, 4_500) < 9


def _sized(file):
    file.size = 1
    return file
