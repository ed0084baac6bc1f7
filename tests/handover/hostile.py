"""Two hundred names that would like to be something else: script, formula, mark-up, template, a link, other rows."""

from __future__ import annotations

_PIECES = (
    # for a shell
    "O'Neil", '"quoted"', "$env:USERNAME", "$(Stop-Computer)", "`n`0", "a, b; c", "@{a=1}", "#Requires",
    "<# .SYNOPSIS", "'@", '"@', "%TEMP% ${x}", "&& exit", "| iex", "{0}", "\\", "-2", "+1",
    # for a spreadsheet
    "=1+1", '=HYPERLINK("http://evil.example","x")', "=cmd|' /C calc'!A0", "@SUM(A1)", "'=1", "\t=1", "\r\n=1", "{=1}",
    "http://evil.example/a", "mailto:x@y.example", "internal:'Packs'!A1", "external:c:\\evil.xlsx", "_x0041_", "TRUE",
    "0012", "1E5", "&P&N&G", "'apostrophe",
    # for a page
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</td></table><h1>x", "]]>&amp;<f>1</f>",
    "{{ 7 * 7 }} {% raw %} {{ w.title }}", "{people} {users} %s", "]]> --> /* */ &lt; &#60;",
    # for whoever reads text
    "Zoë Ångström", "名前", "😀👩\u200d👩\u200d👧", "عربي שלום", "\u202egnp.exe\u202c \u2066x\u2069", "\ufeffBOM",
    "line\r\nbreak\ttab", "a\u2028b\u2029c", "\x00\x01\x08\x0b\x1f\x7f\x1b[31m", "half \ud83d of a pair",
    "\ufffe\uffff", "", "   ", "y" * 32_768, "😀" * 20_000, "=" * 200,
    # for the way back
    "12-000000000000", "Done?", "x", "applied", "Ref",
)  # fmt: skip
#: As they are, and behind what makes something else of them.
HOSTILE = tuple(before + piece for before in ("", "=", "Ann ", " \u200b") for piece in _PIECES)[:200]
