"""The pages behind links in mails: a form each."""

from html import escape

from litestar import Response

from tracklift_adapters.http.html_page import html_page
from tracklift_domain.user.password import LONGEST_PASSWORD, SHORTEST_PASSWORD

VERIFY = "Confirm your e-mail address"
RESET = "Choose a new password"


def verification_form(token: str) -> Response[str]:
    """Ask to press the button that verifies an address."""
    form = f"""<form method="post" action="verify-email">
{_hidden(token)}
<button>Confirm the address</button>
</form>"""
    return html_page(VERIFY, form)


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
    return html_page(RESET, form, status=status)


def message(title: str, text: str, *, status: int = 200) -> Response[str]:
    """Say how it ended."""
    return html_page(title, f'<p role="status">{escape(text)}</p>', status=status)


def _hidden(token: str) -> str:
    return f'<input type="hidden" name="token" value="{escape(token)}">'
