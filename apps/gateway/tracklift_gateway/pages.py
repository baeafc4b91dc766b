"""The pages for people who follow the link in a mail: signing in, one conversion, all of them.

They need no scripts and no cookies. The access token of the user is a hidden field of each form: no address holds it,
and it is gone with the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from litestar import Response

from tracklift_adapters.http.html_page import html_page
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.user.password import LONGEST_PASSWORD
from tracklift_gateway.conversion_text import describe, in_a_line

_LONGEST_EMAIL = 254
"""RFC 5321, section 4.5.3.1.3, without the brackets."""
_HOME = "Lift the audio out of video"
_CONVERSION = "Sign in to see your conversion"


@dataclass(frozen=True, slots=True)
class Place:
    """Where pages are, seen from the page that is being written: Tracklift may stand below a path of a proxy."""

    root: str

    @classmethod
    def of(cls, path: str) -> "Place":
        """Give the place of the page at a path."""
        return cls("../" * (path.count("/") - 1) or "./")

    @property
    def conversions(self) -> str:
        """The list."""
        return f"{self.root}conversions"

    def conversion(self, conversion_id: str, part: str = "") -> str:
        """One conversion."""
        return f"{self.conversions}/{escape(conversion_id)}{part}"


def home(place: Place, *, email: str = "", problem: str = "", status: int = 200) -> Response[str]:
    """Make the start page, with a form to sign in."""
    content = f"""<p>Tracklift makes MP3s of MP4 videos. Sign in to see your conversions and download what is ready.</p>
{_sign_in(place.root, email, problem)}
<p><a href="{place.root}docs">Documentation of the interface</a></p>"""
    return html_page(_HOME, content, status=status)


def sign_in_to(
    place: Place, conversion_id: str, *, email: str = "", problem: str = "", status: int = 200
) -> Response[str]:
    """Make the form to sign in that leads to a conversion. It does not tell whether the conversion exists."""
    return html_page(_CONVERSION, _sign_in(place.conversion(conversion_id), email, problem), status=status)


def conversion(place: Place, token: str, shown: Conversion, progress: Progress | None) -> Response[str]:
    """Show how a conversion stands, with the download of its MP3."""
    content = [f'<div role="status">{describe(shown, progress)}</div>']
    if shown.state.is_active:
        content.append(_button(place.conversion(shown.id, "/status"), "Check again", token))
    elif shown.audio is not None and shown.state == "completed":
        content.append(_button(place.conversion(shown.id, "/audio"), "Download the MP3", token))
    content.append(_button(place.conversions, "All conversions", token))
    return html_page(shown.source.name, "\n".join(content))


def conversions(
    place: Place, token: str, shown: Sequence[Conversion], following: str | None
) -> Response[str]:
    """List conversions, newest first; `following` is the cursor of the next page."""
    items = [
        f"<li>{_button(place.conversion(each.id, '/status'), each.source.name, token)}<p>{in_a_line(each)}</p></li>"
        for each in shown
    ]
    content = f"<ul>\n{''.join(items)}\n</ul>" if items else "<p>There are none yet.</p>"
    if following is not None:
        content += _button(place.conversions, "Older conversions", token, cursor=following)
    return html_page(
        "Your conversions",
        f'{content}\n<p><a href="{place.root}docs">Documentation of the interface</a></p>',
    )


def no_conversion(place: Place, token: str, conversion_id: str) -> Response[str]:
    """Say that the account has no such conversion."""
    content = f"""<p role="status">There is no such conversion in this account.
It may have been deleted, or belong to another account.</p>
<p><a href="{place.conversion(conversion_id)}">Sign in with another account</a></p>
{_button(place.conversions, "All conversions", token)}"""
    return html_page("No such conversion", content, status=404)


def message(place: Place, title: str, text: str, *, status: int) -> Response[str]:
    """Say what went wrong."""
    content = f'<p role="alert">{escape(text)}</p>\n<p><a href="{place.root}">To the start page</a></p>'
    return html_page(title, content, status=status)


def _sign_in(action: str, email: str, problem: str) -> str:
    said = f'<p id="problem" role="alert">{escape(problem)}</p>\n' if problem else ""
    described = ' aria-describedby="problem" aria-invalid="true"' if problem else ""
    # No type="email", since browsers take no address beyond ASCII there.
    return f"""{said}<form method="post" action="{action}">
<label for="email">E-mail address</label>
<input id="email" name="email" inputmode="email" autocomplete="username" autocapitalize="none" spellcheck="false"
 required maxlength="{_LONGEST_EMAIL}" value="{escape(email)}"{described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
 maxlength="{LONGEST_PASSWORD}"{described}>
<button>Sign in</button>
</form>"""


def _button(action: str, label: str, token: str, **fields: str) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in {"access_token": token, **fields}.items()
    )
    return f'<form method="post" action="{action}">{hidden}<button>{escape(label)}</button></form>'
