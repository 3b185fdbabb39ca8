#!/usr/bin/env python3
"""Checks the links of all Markdown files: each relative target exists, and each anchor is a heading of its page."""

import re
import subprocess
import sys
from pathlib import Path

OWN = "https://github.com/actix-messages/actix-messages/"
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)", re.MULTILINE)


def without_code(text):
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(path):
    """Returns the anchors that GitHub and rustdoc give the headings."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def problem(path, target):
    """Returns why the link leads nowhere, or None."""
    own = re.sub(r"^(blob|raw|tree)/main/", "", target.removeprefix(OWN)) if target.startswith(OWN) else None
    if own is None and re.match(r"[a-z]+:", target):
        return None
    file, _, anchor = (own or target).partition("#")
    if own is not None and not file:
        file = "README.md"
    start = Path() if own is not None else path.parent
    page = start / file if file else path
    if not page.exists():
        return "no such file"
    if anchor and page.suffix == ".md" and anchor not in anchors(page):
        return "no such heading"
    return None


def main():
    listed = subprocess.run(["git", "ls-files", "*.md"], check=True, capture_output=True, text=True)
    broken = 0
    for path in map(Path, listed.stdout.split()):
        for match in LINK.finditer(without_code(path.read_text())):
            target = match[1] or match[2]
            # Paths of Rust are links of rustdoc, which checks them.
            if "::" in target:
                continue
            if reason := problem(path, target.strip("<>")):
                print(f"{path}: {target}: {reason}")
                broken += 1
    sys.exit(broken > 0)


main()
