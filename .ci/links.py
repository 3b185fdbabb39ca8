#!/usr/bin/env python3
"""Checks the links of all Markdown files: each relative target exists, and each anchor is a heading of its page."""

import re
import subprocess
import sys
from pathlib import Path

OWN = re.compile(r"https://github\.com/actix-messages/actix-messages/?(?:(?:blob|raw|tree)/main/([^#]+))?(?:#(.*))?")
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
    if own := OWN.fullmatch(target):
        page, anchor = Path(own[1] or "README.md"), own[2]
    elif re.match(r"[a-z]+:", target):
        return None
    else:
        file, _, anchor = target.partition("#")
        page = path.parent / file if file else path
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
