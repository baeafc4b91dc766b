"""The pages behind links in mails: a form each, without scripts and without anything from elsewhere."""

import base64
import hashlib
from html import escape

from litestar import MediaType, Response

from tracklift_domain.user.password import LONGEST_PASSWORD, SHORTEST_PASSWORD

_STYLE = (
    "body{margin:0;padding:1.5em;font-family:system-ui,sans-serif;line-height:1.5;color-scheme:light dark}"
    "main{max-width:36em;margin:0 auto}h1{font-size:1.4em}"
    "input,button{font:inherit;padding:.5em;box-sizing:border-box}"
    "label,input{display:block}input{width:100%;margin-bottom:1em}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    # Nothing runs and nothing is loaded but the style above; forms go back to where they came from.
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    # The address of the page, and the page, hold the token.
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
VERIFY = "Confirm your e-mail address"
RESET = "Choose a new password"


def verification_form(token: str) -> Response[str]:
    """Ask to press the button that verifies an address."""
    form = f"""<form method="post" action="verify-email">
{_hidden(token)}
<button>Confirm the address</button>
</form>"""
    return _page(VERIFY, form)


def reset_form(token: str, *, problem: str = "", status: int = 200) -> Response[str]:
    """Ask for a new password; `problem` says what was wrong with the one before."""
    said = f'<p id="problem" role="alert">{escape(problem)}</p>\n' if problem else ""
    described = ' aria-describedby="problem" aria-invalid="true"' if problem else ""
    form = f"""{said}<form method="post" action="reset-password">
{_hidden(token)}
<label for="password">New password, at least {SHORTEST_PASSWORD} characters</label>
<input id="password" name="password" type="password" autocomplete="new-password" required
 minlength="{SHORTEST_PASSWORD}" maxlength="{LONGEST_PASSWORD}"{described}>
<button>Set the password</button>
</form>"""
    return _page(RESET, form, status=status)


def message(title: str, text: str, *, status: int = 200) -> Response[str]:
    """Say how it ended."""
    return _page(title, f'<p role="status">{escape(text)}</p>', status=status)


def _hidden(token: str) -> str:
    return f'<input type="hidden" name="token" value="{escape(token)}">'


def _page(title: str, content: str, *, status: int = 200) -> Response[str]:
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
