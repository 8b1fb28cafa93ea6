"""Names of programming languages: one for each, as highlighters of Markdown know them."""

import re

# Other names, as Pygments, highlight.js, Prism and GitHub write them. A session with its output (``pycon``,
# ``console``, ``shell-session``) stays one: it is not a program in that language.
_SAME = {
    "py": "python", "py3": "python", "python3": "python", "ipython": "python", "ipython3": "python",
    "python2": "python", "pycon3": "pycon", "python-repl": "pycon", "doctest": "pycon", "ipythonconsole": "pycon",
    "js": "javascript", "node": "javascript", "mjs": "javascript", "es6": "javascript", "ts": "typescript",
    "shellsession": "shell-session", "sh-session": "shell-session", "bash-session": "shell-session",
    "c++": "cpp", "cxx": "cpp", "c#": "csharp", "cs": "csharp", "f#": "fsharp", "fs": "fsharp", "objc": "objective-c",
    "objectivec": "objective-c", "golang": "go", "rb": "ruby", "rs": "rust", "kt": "kotlin", "hs": "haskell",
    "yml": "yaml", "md": "markdown", "htm": "html", "xhtml": "html", "docker": "dockerfile", "ps1": "powershell",
    "posh": "powershell", "rest": "rst", "restructuredtext": "rst", "make": "makefile", "mf": "makefile",
    "postgresql": "sql", "postgres": "sql", "plpgsql": "sql", "mysql": "sql", "viml": "vim", "emacs-lisp": "elisp",
    "proto": "protobuf", "asm": "assembly", "nasm": "assembly", "pas": "pascal", "delphi": "pascal", "erl": "erlang",
    "ex": "elixir", "jl": "julia", "pl": "perl", "vb.net": "vb", "vbnet": "vb", "tf": "terraform", "cfg": "ini",
    "batch": "bat", "batchfile": "bat", "dosbatch": "bat", "patch": "diff", "udiff": "diff", "json5": "json",
    "jsonc": "json", "js-highlight": "javascript", "text.html.basic": "html", "gitconfig": "ini",
    "jscript": "javascript",
}  # fmt: skip
_NONE = {
    "none", "plain", "text", "plaintext", "plain-text", "txt", "wrapper", "notranslate", "nohighlight", "no-highlight",
    "auto", "raw", "unknown", "output", "x", "literal", "code", "block",
}  # fmt: skip

LANGUAGES = frozenset({
    "actionscript", "ada", "apache", "applescript", "arduino", "awk", "basic", "bash", "bat", "bibtex", "c", "clojure",
    "cmake", "cobol", "coffeescript", "console", "csharp", "css", "csv", "cuda", "cython", "d", "dart", "default",
    "elm", "fish", "fortran", "gherkin", "glsl", "gradle", "graphql", "groovy", "haml", "handlebars", "hcl", "http",
    "ini", "java", "jinja", "json", "jsx", "latex", "less", "lisp", "lua", "matlab", "mermaid", "nginx", "nim", "nix",
    "ocaml", "octave", "php", "prolog", "properties", "qml", "r", "racket", "reg", "sas", "sass", "scala", "scheme",
    "scss", "sed", "shell", "sh", "solidity", "svelte", "swift", "systemverilog", "tcl", "tex", "toml", "tsx", "twig",
    "verilog", "vhdl", "vue", "wasm", "xml", "xslt", "zig", "zsh", *_SAME, *_SAME.values(),
})  # fmt: skip


def language_name(name: str) -> str:
    """Return the one name of the language called ``name``, an empty string for what names no language."""
    name = name.strip().lower().removeprefix("text/x-").removeprefix("source-").rstrip(";")
    name = _SAME.get(name, name)
    return name if re.fullmatch(r"[\w+#.-]{1,20}", name) and name not in _NONE else ""
