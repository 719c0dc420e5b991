"""How the guide is built: `make docs` (Sphinx, strict, without a network)."""

import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import reference_pages

project = "Earnest"
author = "the Earnest project"
version = release = metadata.version("earnest")

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
suppress_warnings: list[str] = []

html_theme = "furo"
html_title = f"Earnest {version}"
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["guide.css"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f5f4a", "color-brand-content": "#1f5f4a"},
    "dark_css_variables": {"color-brand-primary": "#7fd1b2", "color-brand-content": "#7fd1b2"},
}

_INLINE = re.compile(r"<(script|style)(?![^>]*\bsrc=)([^>]*)>(.*?)</\1>", re.DOTALL)


def _without_inline(app: Any, error: Exception | None) -> None:
    """Move the theme's inline scripts and styles into files: the service's security policy lets none run."""
    if error is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    for page in out.rglob("*.html"):
        up = "../" * (len(page.relative_to(out).parts) - 1)

        def moved(found: re.Match[str], up: str = up) -> str:
            kind, attributes, content = found.groups()
            if "application/" in attributes or not content.strip():
                return found[0]
            name = f"inline-{abs(hash_of(content))}.{'js' if kind == 'script' else 'css'}"
            (out / "_static" / name).write_text(content, "utf-8")
            if kind == "script":
                return f'<script src="{up}_static/{name}"></script>'
            return f'<link rel="stylesheet" href="{up}_static/{name}">'

        page.write_text(_INLINE.sub(moved, page.read_text("utf-8")), "utf-8")


def hash_of(content: str) -> int:
    """The same number for the same content in every build."""
    import zlib

    return zlib.crc32(content.encode())


def setup(app: Any) -> None:
    """What Sphinx calls."""
    app.connect("builder-inited", lambda app: reference_pages.write(Path(app.srcdir) / "reference"))
    app.connect("build-finished", _without_inline)
