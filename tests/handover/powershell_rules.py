"""What is wrong with a PowerShell script, found without PowerShell: by a parser, and by checks that it misses.

tree-sitter-pwsh takes ``try`` without ``catch``, ``"$name:"`` and ``1 = 2`` for valid; PowerShell does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import tree_sitter
import tree_sitter_pwsh
from tree_sitter import Node


class Finding(NamedTuple):
    """One thing that is wrong."""

    line: int
    rule: str
    text: str


#: What Windows PowerShell 5.1 lacks, and classes, which cannot be reloaded in it.
_TOO_NEW = {
    "null_coalesce_expression", "ternary_expression", "pipeline_chain_tail", "class_statement", "using_statement",
}  # fmt: skip
_TOO_NEW_TEXT = re.compile(r"\?\?=|\?\.|\$(?:IsWindows|IsLinux|IsMacOS|IsCoreCLR|PSStyle)\b", re.I)
_TOO_NEW_PARAMETERS = {
    "parallel", "throttlelimit", "asjob", "asarray", "ashashtable", "asbytestream", "enumsasstrings", "noenumerate",
    "escapehandling", "additionalchildpath", "usequotes", "skiphttperrorcheck", "duration",
}  # fmt: skip
_LITERALS = {"integer_literal", "real_literal", "string_literal"}
#: Their value would leak out of a function unless it is thrown away.
_LEAKS = {"add", "addrange", "insert", "seek", "tryparse", "append", "appendline", "createdirectory"}
_EXECUTES = re.compile(
    r"\b(?:Invoke-Expression|iex|Invoke-Command|Start-Process|Add-Type|Invoke-Item)\b|scriptblock\]|"
    r"\.InvokeScript|\.NewScriptBlock|\.InvokeCommand",
    re.I,
)
_AUTOMATIC = {
    "_", "true", "false", "null", "args", "matches", "psscriptroot", "pscmdlet", "error", "input", "psboundparameters",
    "whatifpreference", "erroractionpreference", "executioncontext", "host", "pid", "lastexitcode", "this",
}  # fmt: skip
#: Cmdlets that the script may call, each with the parameters that it may be given. All are there in 5.1.
CMDLETS = {
    "Connect-MgGraph": "",
    "ConvertFrom-Json": "InputObject",
    "ConvertTo-Json": "InputObject Depth Compress",
    "ForEach-Object": "",
    "Get-Command": "Name ErrorAction",
    "Get-MgContext": "",
    "Import-Csv": "LiteralPath Encoding",
    "Invoke-MgGraphRequest": "Method Uri Body ContentType OutputType ErrorAction",
    "New-Object": "TypeName ArgumentList",
    "Out-Host": "",
    "Select-Object": "First",
    "Set-MgUserLicense": "UserId AddLicenses RemoveLicenses WhatIf Confirm ErrorAction",
    "Set-StrictMode": "Version",
    "Sort-Object": "Unique",
    "Start-Sleep": "Milliseconds",
    "Where-Object": "",
    "Write-Host": "",
    "Write-Progress": "Activity Status PercentComplete Completed",
    "Write-Warning": "Message WarningAction",
}
_NEEDED = {"Import-Csv": {"literalpath", "encoding"}, "ConvertTo-Json": {"inputobject", "depth"}}


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_pwsh.language()))


def root_of(source: bytes) -> Node:
    """The parse tree, without a byte order mark."""
    return _parser().parse(source.removeprefix(b"\xef\xbb\xbf")).root_node


def nodes(node: Node) -> Iterator[Node]:
    """The node and all below it, in their order."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        stack.extend(reversed(one.children))


def text_of(node: Node) -> str:
    """The node's text."""
    return (node.text or b"").decode("utf-8", "replace")


def broken(source: bytes) -> list[Finding]:
    """What is wrong with any script or module, whatever it does."""
    root = root_of(source)
    found = [f for node in nodes(root) for rule in _RULES for f in rule(node, root)]
    return sorted(set(found))


def careless(source: bytes) -> list[Finding]:
    """What is wrong with a script that is handed over, beside what is ``broken``."""
    root = root_of(source)
    own = _functions(root)
    found = [f for node in nodes(root) for f in (*_calls(node, own), *_executes(node), *_leaks(node))]
    return sorted({*found, *_help(root, source), *_unknown_variables(root)})


def _at(node: Node, rule: str) -> Finding:
    return Finding(node.start_point[0] + 1, rule, text_of(node)[:80])


def _unparsed(node: Node, root: Node) -> Iterator[Finding]:
    if node.type == "ERROR" or node.is_missing:
        yield _at(node, "does not parse")


def _half_try(node: Node, root: Node) -> Iterator[Finding]:
    if node.type == "try_statement" and not any(c.type in {"catch_clauses", "finally_clause"} for c in node.children):
        yield _at(node, "try without catch or finally")


def _colon(node: Node, root: Node) -> Iterator[Finding]:
    if node.type == "variable" and node.parent is not None and node.parent.type.startswith("expandable"):
        behind = (root.text or b"")[node.end_byte - root.start_byte :][:1]
        if behind == b":" and not any(c.type == "braced_variable" for c in node.children):
            yield _at(node, "a colon right behind a variable in a string")


def _assigned_literal(node: Node, root: Node) -> Iterator[Finding]:
    if node.type == "left_assignment_expression":
        inner = node
        while len(inner.named_children) == 1 and inner.type not in _LITERALS:
            inner = inner.named_children[0]
        if inner.type in _LITERALS:
            yield _at(node, "an assignment to a literal")


def _too_new(node: Node, root: Node) -> Iterator[Finding]:
    named = node.type == "command_parameter" and text_of(node)[1:].lower() in _TOO_NEW_PARAMETERS
    loose = node.type in {"assignment_operator", "variable", ".", "?."} and _TOO_NEW_TEXT.search(text_of(node))
    if node.type in _TOO_NEW or named or loose:
        yield _at(node, "Windows PowerShell 5.1 lacks it")


_RULES: tuple[Callable[[Node, Node], Iterator[Finding]], ...] = (
    _unparsed,
    _half_try,
    _colon,
    _assigned_literal,
    _too_new,
)


def _functions(root: Node) -> dict[str, set[str]]:
    """The functions of a script, each with its parameters, in lower case."""
    return {
        text_of(name).lower(): {v.lower() for v in _parameters(node)}
        for node in nodes(root)
        if node.type == "function_statement"
        for name in node.children
        if name.type == "function_name"
    }


def _parameters(node: Node) -> list[str]:
    """The parameters that this function, or the script itself, declares."""
    block = next((n for n in _outside(node, "function_statement") if n.type == "param_block"), None)
    declared = [n for n in nodes(block) if n.type == "script_parameter"] if block else []
    return [text_of(v).removeprefix("$") for p in declared for v in p.children if v.type == "variable"]


def _outside(node: Node, kind: str) -> Iterator[Node]:
    """The node and all below it, but for what is inside others of this kind."""
    yield node
    for child in node.children:
        if child.type != kind:
            yield from _outside(child, kind)


def _calls(node: Node, own: dict[str, set[str]]) -> Iterator[Finding]:
    if node.type != "command":
        return
    name = next((text_of(c) for c in node.children if c.type == "command_name"), "")
    if not name:
        yield _at(node, "a command that is worked out")
        return
    elements = [e for c in node.children if c.type == "command_elements" for e in c.children]
    given = {text_of(e)[1:].lower() for e in elements if e.type == "command_parameter"}
    if name.lower() in own:
        if elements and elements[0].type == "command_argument_sep":
            elements = elements[1:]
        if elements and elements[0].type != "command_parameter":
            yield _at(node, "an argument without its name")
        known = own[name.lower()]
    elif name in CMDLETS:
        known = set(CMDLETS[name].lower().split())
    else:
        yield _at(node, "a command that is not on the list")
        return
    if given - known or _NEEDED.get(name, set()) - given:
        yield _at(node, "a parameter that is unknown or missing")


def _executes(node: Node) -> Iterator[Finding]:
    if node.type in {"command_name", "type_literal", "member_name"} and _EXECUTES.search(f".{text_of(node)}"):
        yield _at(node, "data may become script")


def _leaks(node: Node) -> Iterator[Finding]:
    chain = node.children[0] if node.type == "pipeline" and len(node.children) == 1 else None
    if chain is None or node.parent is None or node.parent.type != "statement_list":
        return
    if chain.type == "pipeline_chain" and len(chain.children) == 1 and chain.children[0].type == "unary_expression":
        call = chain.children[0].children[0]
        members = [text_of(c).lower() for c in call.children if c.type == "member_name"]
        if call.type == "invocation_expression" and _LEAKS.intersection(members):
            yield _at(node, "a value leaks out")


def _help(root: Node, source: bytes) -> Iterator[Finding]:
    text = source.decode("utf-8-sig").replace("\r\n", "\n")
    said = re.findall(r"^\.PARAMETER[ \t]+(\w+)", text, re.M)
    declared = _parameters(root)
    for name in sorted(set(said) ^ set(declared)):
        yield Finding(1, "help and parameters differ", name)
    for word in ("SYNOPSIS", "DESCRIPTION", "EXAMPLE", "NOTES", "LINK"):
        if not re.search(rf"^\.{word}$", text, re.M):
            yield Finding(1, "help lacks a part", word)
    if re.search(r"^#Requires[^\n]*\n<#", text, re.M | re.I):
        yield Finding(1, "no blank line between #Requires and the help, which hides it", "<#")


def _unknown_variables(root: Node) -> Iterator[Finding]:
    """Variables that are read and never set: with strict mode they end the script."""
    own = [n for n in nodes(root) if n.type == "function_statement"]
    everywhere = {name.lower() for name in _parameters(root)} | _AUTOMATIC
    in_script = {s for n in nodes(root) for s in _set_by(n) if s.startswith("script:")}
    for place in (root, *own):
        parts = list(_outside(place, "function_statement")) if place is root else list(nodes(place))
        known = (
            everywhere | in_script | {v.lower() for v in _parameters(place)} | {s for n in parts for s in _set_by(n)}
        )
        for node in parts:
            name = text_of(node).strip("${}@").lower()
            if node.type == "variable" and name not in known:
                yield _at(node, "a variable that nothing sets")


def _set_by(node: Node) -> set[str]:
    """The variables that this node sets."""
    if node.type == "left_assignment_expression":
        targets = [n for n in nodes(node) if n.type == "variable"]
        whole = not any(n.type in {"member_access", "element_access"} for n in nodes(node))
        return {text_of(n).strip("${}").lower() for n in targets} if whole else set()
    if node.type == "foreach_statement":
        return {text_of(n).strip("${}").lower() for n in node.children[:4] if n.type == "variable"}
    return set()
