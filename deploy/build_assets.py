"""Copies the browser files out of node_modules and draws one sprite of the icons used.

    python deploy/build_assets.py

Writes build/vendor/ only; safe to repeat. Icons are found by name: `{% icon "x" %}` and `icon="x"`
in templates and Python, and the values of a mapping called ICONS.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-latin-ext.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
}
MAP = re.compile(rb"^(?://|/\*)[#@] ?sourceMappingURL=.*$", re.MULTILINE)
TAG = re.compile(r"""{%-?\s*icon\s+["']([a-z0-9-]+)["']""")
KEYWORD = re.compile(r"""\bicon\s*[=:]\s*["']([a-z0-9-]+)["']""")
MAPPING = re.compile(r"\b[A-Z_]*ICONS\b[^={\n]*=\s*{(.*?)^\s*}", re.DOTALL | re.MULTILINE)
VALUE = re.compile(r""":\s*["']([a-z0-9-]+)["']""")
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
BOX = re.compile(r"""<path[^>]*d="M0 0h24v24H0z"[^>]*/>""")
APPS = ("csservice", "teams", "training", "tickets", "feedback", "kpis", "templates")


class AssetError(Exception):
    """Why the files cannot be made, in a sentence."""


def names_in(text: str, suffix: str) -> set[str]:
    """The icons that one source names."""
    if suffix == ".html":
        return set(TAG.findall(text))
    found = set(KEYWORD.findall(text)) if suffix in {".py", ".js"} else set()
    for mapping in MAPPING.findall(text) if suffix == ".py" else ():
        found |= set(VALUE.findall(mapping))
    return found


def sources(root: Path) -> Iterator[Path]:
    for app in APPS:
        for path in sorted((root / app).rglob("*.*")):
            if path.suffix in {".html", ".py", ".js"} and "migrations" not in path.parts:
                yield path


def symbol(node_modules: Path, name: str) -> str:
    """One icon as a symbol of the sprite; a name ending in -filled is the filled drawing."""
    filled = name.endswith("-filled")
    kind, base = ("filled", name.removesuffix("-filled")) if filled else ("outline", name)
    path = node_modules / "@tabler" / "icons" / "icons" / kind / f"{base}.svg"
    drawing = DRAWING.search(path.read_text("utf-8")) if path.is_file() else None
    if drawing is None:
        raise AssetError(f"There is no icon “{name}” in Tabler Icons; look for its name there.")
    paths = " ".join(BOX.sub("", drawing[1]).split())
    paint = ' fill="currentColor" stroke="none"' if filled else ""
    return f'<symbol id="{name}" viewBox="0 0 24 24"{paint}>{paths}</symbol>'


def copy_vendor(node_modules: Path, out: Path) -> None:
    for target, source in FILES.items():
        path = node_modules / source
        if not path.is_file():
            raise AssetError(f"{source} is not in {node_modules.name}; run npm ci first.")
        data = path.read_bytes()
        (out / target).write_bytes(data if target.endswith(".woff2") else MAP.sub(b"", data))


def build(root: Path) -> list[str]:
    """Make root/build/vendor. Returns the names of the icons. Raises AssetError with the reason."""
    node_modules, out = root / "node_modules", root / "build" / "vendor"
    if not node_modules.is_dir():
        raise AssetError("node_modules is missing; run npm ci first.")
    used = {
        name: path
        for path in sources(root)
        for name in names_in(path.read_text("utf-8"), path.suffix)
    }
    out.mkdir(parents=True, exist_ok=True)
    copy_vendor(node_modules, out)
    symbols = "".join(symbol(node_modules, name) for name in sorted(used))
    (out / "icons.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>', "utf-8"
    )
    return sorted(used)


def main() -> int:
    try:
        names = build(ROOT)
    except AssetError as reason:
        print(f"build_assets: {reason}", file=sys.stderr)
        return 1
    print(f"build_assets: {len(FILES)} files, {len(names)} icons")
    return 0


if __name__ == "__main__":
    sys.exit(main())
