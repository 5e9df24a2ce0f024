"""The repository speaks of the project alone: no package index, no machine's folders, no lock file full of hosts."""

from __future__ import annotations

import re

from tests.house.repository import ROOT, tracked

# each written so that it does not find itself
FORBIDDEN = {
    "the host of a package index": r"py[p]i\.org|python[h]osted\.org|npm[j]s\.(org|com)|crates[.]io|deb\.deb[i]an",
    "an address of an index": r"--(extra-)?index[-]url|find[-_]link[s]|\[\[tool\.uv\.inde[x]|default-inde[x]",
    "a folder of one machine": r"(?<![\w.$}])/(root|work|home/\w+|opt/(wheels|pypi))[/]|\.py[e]nv",
}
LOCKS = ("uv.lock", "package-lock.json", "pylock.toml", "poetry.lock", "Pipfile.lock", "yarn.lock")


def test_no_tracked_file_names_an_index_or_a_machine():
    found = [
        f"{path}:{number}: {what}: {line.strip()[:100]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if re.search(pattern, line)
    ]
    assert not found, "\n".join(found)


def texts() -> list[tuple[str, str]]:
    return [(p, t) for p in tracked() if (t := (ROOT / p).read_bytes().decode("utf-8", "ignore")) and "\0" not in t]


def test_no_lock_file_with_hosts_is_committed():
    assert not [path for path in tracked() if path.rsplit("/", 1)[-1] in LOCKS]


def test_nothing_large_or_binary_is_committed_unawares():
    large = [f"{p}: {size}" for p in tracked() if (size := (ROOT / p).stat().st_size) > 1_000_000]
    assert not large
