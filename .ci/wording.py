#!/usr/bin/env python3
"""Finds wording that is hard to read in the texts of the project, and proposes a better one.

    .ci/wording.py [PATH..]       checks the tracked files, or these files and folders; exits with 1 if it finds a place
    .ci/wording.py --self-test    checks each rule with its own examples

It reads Markdown, comments, and the texts that users see. `wording.toml` has the rules, `wording-allowed.toml` the places
that may stay. Needs Python 3.11, and git if no path is given."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
RULES, ALLOWED = FOLDER / "wording.toml", FOLDER / "wording-allowed.toml"

# Recorded data, which is compared with the answers of other programs.
NOT_OURS = ("tests/data/", "fuzz/seeds/")
# In these folders, string literals are texts that a user may see. In other folders, only comments are checked.
SHOWN = ("src/", "storage-diesel/src/", "examples/demo/assets/")
# The laws of a store: one sentence, in one line. The same sentence is in a bullet and above the function.
LAW_BULLETS, LAW_FUNCTIONS = "src/store.rs", "src/store/conformance"
LONGEST_LINE = 120

SQL = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|LOCK|SET|WITH|FROM|WHERE|AND|ORDER BY|PRAGMA)\b")
STRING = r'"(?P<string>(?:\\.|[^"\\])*)"'
TESTS = re.compile(r"^( *)#\[cfg\(test\)\]\n(?:\1[^\n]*;\n|.*?^\1\}$)", re.M | re.S)

# The texts of each kind of file: comments to the end of a line (line), other comments (block), and string literals. A
# match without a named group is skipped, so that a quote in it does not start a text.
HASH = r"(?:^|(?<=\s))#(?!!)(?P<line>[^\n]*)"
SLASHES = r"//[/!]?(?P<line>[^\n]*)|/\*+(?P<block>.*?)\*/"
READ = {
    ".rs": SLASHES + r"|'(?:\\.[^'\n]*|[^\\'\n])'|r(#+)\"(?P<raw>.*?)\"\3|" + STRING,
    ".js": r"(?<!:)" + SLASHES + r"|'(?P<single>(?:\\.|[^'\\\n])*)'|`(?P<template>(?:\\.|[^`\\])*)`|" + STRING,
    ".css": r"/\*(?P<block>.*?)\*/",
    ".html": r"<!--(?P<block>.*?)-->|<(?:script|style)\b.*?</|<[^>]*>|(?P<string>[^<]+)",
    ".sql": r"--(?P<line>[^\n]*)",
    ".toml": HASH,
    ".md": r"\A(?P<block>.*)\Z",
}
READ |= {".mjs": READ[".js"], ".ts": READ[".js"], ".sh": HASH, ".py": HASH, "": HASH}
READ = {suffix: re.compile(pattern, re.M | re.S) for suffix, pattern in READ.items()}

LINK_TARGET = re.compile(r"(?<=\])\([^)]*\)|<?https?://[^\s>]*>?|^\[[^\]]*\]: .*", re.M)
INLINE_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
ITEM = re.compile(r"(?:[-*+|>]|\d+\.)(?:\s+|$)")


class Rule:
    """A pattern in which a space matches any white space, and START matches at the start of a sentence."""

    def __init__(self, find, better, bad, good):
        self.better, self.bad, self.good = better, bad, good
        self.pattern = re.compile(find.replace("START", r"(?:\A|(?<=[.!?:|]\s))").replace(" ", r"\s+"))


def blocks(suffix, name, source):
    """Yields what a person reads in a file: lists of lines with their numbers. Adjacent line comments are one list."""
    shown = name.startswith(SHOWN)
    tests = [match.span() for match in TESTS.finditer(source)] if suffix == ".rs" and shown else []
    comment, below = [], None
    for match in READ[suffix].finditer(source):
        kind, start = match.lastgroup, match.start()
        if kind is None:
            continue
        number = source.count("\n", 0, match.start(kind)) + 1
        lines = list(enumerate(match[kind].split("\n"), number))
        if kind == "line":
            place = (number, start - source.rfind("\n", 0, start))
            if place != below:
                yield comment
                comment = []
            comment += lines
            below = (number + 1, place[1])
        elif kind == "block":
            yield lines if suffix == ".md" else [(number, re.sub(r"^\s*\* ", "", line)) for number, line in lines]
        elif shown and " " in match[kind] and not SQL.search(match[kind]) and not any(a <= start < b for a, b in tests):
            yield [(number, line.removesuffix("\\").replace(r"\n", ". ").replace('\\"', '"')) for number, line in lines]
    yield comment


def paragraphs(block):
    """Splits a block of Markdown into paragraphs, items and rows. Leaves out headings, and code except its comments."""
    paragraph, in_code = [], False
    for number, line in block:
        text = line.strip()
        if text.startswith(("```", "~~~")):
            in_code, text = not in_code, ""
        elif in_code:
            text = text.partition("// ")[2]
        item = ITEM.match(text)
        if not text or item or text.startswith("#"):
            yield paragraph
            paragraph = []
        if text and not text.startswith("#"):
            paragraph.append((number, text[item.end():] if item else text))
    yield paragraph


def too_long(name, block, number, line):
    """Whether a line of a comment is longer than a reader's window. Link targets, rows of tables and laws may be long."""
    text = line.strip()
    is_law = (name == LAW_BULLETS and text.startswith("/// - ")) or (
        name.startswith(LAW_FUNCTIONS) and text.startswith("/// ") and number == block[0][0]
    )
    is_row = text.lstrip("/! ").startswith("|")
    return text.startswith("//") and not is_law and not is_row and len(LINK_TARGET.sub("", line)) > LONGEST_LINE


def check(suffix, name, source, rules):
    """Yields the places of a file: line number, what was found, what is better."""
    source_lines = source.split("\n")
    for block in blocks(suffix, name, source):
        for paragraph in filter(None, paragraphs(block)):
            text = "\n".join(line for _, line in paragraph)
            for hidden in (LINK_TARGET, INLINE_CODE):
                text = hidden.sub(lambda match: "`" + "\n" * match[0].count("\n"), text)
            text = text.replace("*", "")
            for rule in rules:
                for match in rule.pattern.finditer(text):
                    number = paragraph[text.count("\n", 0, match.start())][0]
                    yield number, " ".join(match[0].split()), rule.better
            for number, _ in paragraph:
                if suffix == ".rs" and too_long(name, block, number, source_lines[number - 1]):
                    yield number, f"a line of more than {LONGEST_LINE} characters", "break the line"


def files(paths):
    """Yields the files to check, with their names in the checkout."""
    if not paths:
        tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        paths = [ROOT / name for name in tracked.split("\0") if name]
    elif missing := [str(path) for path in paths if not path.exists()]:
        sys.exit(f"no such file: {', '.join(missing)}")
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            name = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)
            readable = file.suffix in READ and (file.suffix or name.startswith(".ci/"))
            if readable and file.is_file() and not name.startswith(NOT_OURS):
                yield file, name


SAMPLE = """
/// Nobody reads `nobody`, as
/// [nobody](https://nobody) says.
/// ```
/// nobody(); // Nobody.
/// ```
fn nobody<'a>() { log("nobody: \\"{}\\" // nobody"); query("SELECT nobody"); } // nobody
#[cfg(test)]
mod tests {
    const TEXT: &str = "nobody is here";
    // nobody
}
"""


def self_test(rules):
    """Each rule finds its bad example, no rule finds anything in a good one, and only texts are read."""
    wrong = [f"the rule does not find: {rule.bad}" for rule in rules if not rule.pattern.search(rule.bad)]
    wrong += [f"found in a good example: {rule.good}" for rule in rules if any(r.pattern.search(rule.good) for r in rules)]
    read = sorted(number for number, _, _ in check(".rs", "src/sample.rs", SAMPLE, rules))
    wrong += [f"found in these lines of the sample: {read}"] if read != [2, 3, 5, 7, 7, 7, 11] else []
    print("\n".join(wrong) or f"{len(rules)} rules find their examples")
    return 1 if wrong else 0


def main(arguments):
    rules = [Rule(**rule) for rule in tomllib.loads(RULES.read_text())["rule"]]
    if arguments == ["--self-test"]:
        return self_test(rules)
    entries = tomllib.loads(ALLOWED.read_text()).get("place", [])
    allowed = {(entry["path"], entry["line"]) for entry in entries if entry["reason"]}
    checked, unused, found = set(), set(allowed), 0
    for path, name in files([Path(argument).resolve() for argument in arguments]):
        checked.add(name)
        source = path.read_text(errors="replace")
        for number, text, better in sorted(check(path.suffix, name, source, rules)):
            place = (name, source.split("\n")[number - 1].strip())
            unused.discard(place)
            if place not in allowed:
                found += 1
                print(f'{name}:{number}: found "{text}": better: {better}')
    for name, line in sorted(unused):
        if name in checked or not arguments:
            found += 1
            print(f"{ALLOWED.relative_to(ROOT)}: delete the entry, {name} has no such place: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
