"""Pages for people: without scripts and without anything from another host."""

import base64
import hashlib
from html import escape

from litestar import MediaType, Response

_STYLE = (
    # Of the root, so that the canvas behind the page is dark, too.
    ":root{color-scheme:light dark}body{margin:0;padding:1.5em;font-family:system-ui,sans-serif;line-height:1.5}"
    "main{max-width:36em;margin:0 auto}h1{font-size:1.4em}h1,p,li,button{overflow-wrap:anywhere}"
    "input,button{font:inherit;padding:.5em;box-sizing:border-box;max-width:100%}"
    "label,input,progress{display:block}input,progress{width:100%;margin-bottom:1em}progress{height:1.5em}"
    "form{margin:1em 0}ul{list-style:none;padding:0}li{margin:1em 0}li form,li p{margin:.3em 0}button{text-align:left}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    # Nothing runs and nothing is loaded but the style above; forms go back to where they came from.
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    # A page or its address may hold a token.
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


def html_page(title: str, content: str, *, status: int = 200) -> Response[str]:
    """Make a page with a title, which is escaped, and its content in HTML, which is not."""
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} – Tracklift</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{content}
</main>
</body>
</html>
"""
    return Response(page, status_code=status, media_type=MediaType.HTML, headers=_HEADERS)
