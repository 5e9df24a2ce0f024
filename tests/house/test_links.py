"""A link in a document of ours leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from tests.house.repository import ROOT, tracked

LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+\s+(.*?)\s*#*$", re.MULTILINE)


def links(path: str) -> list[str]:
    return [m[1] for m in LINK.finditer(prose(ROOT / path)) if not re.match(r"[a-z][a-z+.-]*:", m[1])]


def prose(file: Path) -> str:
    return FENCE.sub("", file.read_text(encoding="utf-8"))


def anchors(file: Path) -> set[str]:
    """GitHub's anchors: lower case, spaces to hyphens, punctuation gone."""
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in HEADING.findall(prose(file)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in plain}


def broken(path: str, link: str) -> bool:
    target, _, anchor = unquote(link).partition("#")
    file = (ROOT / path).parent / target if target else ROOT / path
    if not file.exists():
        return True
    return bool(anchor) and file.suffix == ".md" and anchor not in anchors(file)


def test_every_link_between_documents_leads_somewhere():
    documents = [path for path in tracked() if path.endswith(".md")]
    found = [f"{path}: {link}" for path in documents for link in links(path) if broken(path, link)]
    assert not found, "\n".join(found)
