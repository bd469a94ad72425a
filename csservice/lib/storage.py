"""Static files under names that change with their content, also in our scripts' imports."""

from __future__ import annotations

from typing import Any, ClassVar

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

# Django's own switch for imports reads every script, and stumbles over libraries that merely
# contain the word; ours are the only modules that import one another.
IMPORTS = (
    "csservice/*.js",
    (
        (r"""(?P<matched>from\s+["'](?P<url>\./[^"']+)["'])""", 'from "%(url)s"'),
        (r"""(?P<matched>import\s+["'](?P<url>\./[^"']+)["'])""", 'import "%(url)s"'),
    ),
)


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Only the hashed files are served, so `import "./x.js"` must name the hashed file too."""

    patterns: ClassVar[Any] = (*CompressedManifestStaticFilesStorage.patterns, IMPORTS)
