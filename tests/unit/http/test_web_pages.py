"""The web application is served as it was built: a shell for each page, and files that browsers may keep."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from tests.unit.http.backstage import in_process
from tracklift_adapters.http.application.web_app import create_web_app
from tracklift_adapters.http.files.web_files import read_web_files
from tracklift_gateway.routes.web_pages import PAGES, respond_in_pages, web_routes
from tracklift_gateway.web_application import WebApplication

SHELL = '<!doctype html><link href="./favicon.svg"><script src="./assets/index-1a2b.js"></script>'
SCRIPT = b"console.log('Tracklift')" * 100
ZIPPED = gzip.compress(SCRIPT, mtime=0)
ASSET = "/assets/index-1a2b.js"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Give a folder as the build leaves it."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(SHELL)
    (tmp_path / "favicon.svg").write_bytes(b"<svg/>")
    (tmp_path / "assets" / "index-1a2b.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "index-1a2b.js.gz").write_bytes(ZIPPED)
    (tmp_path / "assets" / "index-1a2b.js.br").write_bytes(b"as brotli")
    return tmp_path


def app_of(folder: Path) -> Litestar:
    """Make an application with what was built into a folder."""
    pages = WebApplication.of(read_web_files(folder))
    return create_web_app(
        "gateway", web_routes(pages), dependencies={}, checks={}, respond=respond_in_pages(pages)
    )


@pytest.fixture
async def browser(built: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of that application."""
    async with httpx.AsyncClient(
        transport=in_process(app_of(built)),
        base_url="http://tracklift.test",
        headers={"Accept": "text/html,*/*"},
    ) as client:
        yield client


@pytest.mark.parametrize("page", PAGES)
async def test_each_page_is_the_shell_which_is_never_kept(browser: httpx.AsyncClient, page: str) -> None:
    """Its links lead to the root, however deep the page lies."""
    path = page.replace("{conversion_id:str}", "0" * 32)
    answer = await browser.get(path)

    up = "../" * (path.count("/") - 1) or "./"
    assert answer.status_code == 200
    assert answer.text == SHELL.replace("./", up)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await browser.head(path)).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en;q=0.5, AR", "ar"),
        ("xx, de;q=0.2, ar;q=0", "de"),
        ("de;q=nonsense, de;q=2, ar;q=0.1", "ar"),
        ("*", "en"),
        ("", "en"),
        (",;q=;," * 50 + "de", "en"),
    ],
)
async def test_a_visitor_need_not_wait_for_scripts_to_read_what_it_is_about(
    built: Path, accepted: str, language: str
) -> None:
    """In the language that the browser asks for first and there is."""
    (built / "index.html").write_text(f'<html lang="en">{SHELL}<div id="app"></div></html>')
    for each in ("en", "de", "ar"):
        (built / f"welcome.{each}.html").write_text(f"<h1>{each}</h1>")
    async with httpx.AsyncClient(
        transport=in_process(app_of(built)), base_url="http://tracklift.test"
    ) as client:
        page = await client.get("/", headers={"Accept-Language": accepted})
        elsewhere = await client.get("/library", headers={"Accept-Language": accepted})
        cookies = {"Cookie": "__Host-tracklift_refresh=x"}
        signed_in = await client.get("/", headers={"Accept-Language": accepted, **cookies})
        alone = await client.get(f"/welcome.{language}.html")

    direction = ' dir="rtl"' if language == "ar" else ""
    assert f'<html lang="{language}"{direction}>' in page.text
    assert f'<div id="app"><h1>{language}</h1></div>' in page.text
    assert "<h1>" not in elsewhere.text + signed_in.text
    assert alone.status_code == 404


async def test_pages_may_run_and_load_nothing_but_files_of_their_origin(browser: httpx.AsyncClient) -> None:
    policy = (await browser.get("/")).headers["Content-Security-Policy"]

    directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert directives.pop("default-src") == "'none'"
    assert set(directives.values()) == {"'self'", "'none'"}
    assert {"script-src", "style-src", "frame-ancestors", "base-uri", "form-action"} <= directives.keys()


async def test_a_program_that_asks_for_json_alone_is_told_where_the_interface_begins(
    browser: httpx.AsyncClient,
) -> None:
    for path in ("/", f"/conversions/{'0' * 32}"):
        answer = await browser.get(path, headers={"Accept": "application/json"})

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/librar", "/library/x", "/a/b/c"])
async def test_an_address_of_no_page_shows_people_one_that_says_so(
    browser: httpx.AsyncClient, path: str
) -> None:
    up = "../" * (path.count("/") - 1) or "./"
    answer = await browser.get(path)
    by_a_program = await browser.get(path, headers={"Accept": "*/*"})

    assert (answer.status_code, answer.text) == (404, SHELL.replace("./", up))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer.headers
    assert ((await browser.head(path)).status_code, (await browser.post(path)).status_code) == (404, 404)
    assert (by_a_program.status_code, by_a_program.json()["code"]) == (404, "not_found")


def test_the_shell_tells_the_pages_that_there_is_none(built: Path) -> None:
    (built / "index.html").write_text('<div id="app"></div>')

    assert WebApplication.of(read_web_files(built)).no_page("/x") == b'<div id="app" data-no-page></div>'
    assert WebApplication.of({}).no_page("/x") is None


async def test_below_the_interface_and_among_files_no_page_is_looked_for(browser: httpx.AsyncClient) -> None:
    for path in ("/v1/librar", "/assets/other.js"):
        assert (await browser.get(path)).json()["code"] == "not_found"


async def test_a_file_whose_name_tells_its_content_is_kept_for_good(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(ASSET, headers={"Accept-Encoding": "identity"})

    assert answer.content == SCRIPT
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Vary"] == "Accept-Encoding"
    asked = await browser.head(ASSET, headers={"Accept-Encoding": "gzip"})
    assert (asked.headers["Content-Length"], asked.content) == (str(len(ZIPPED)), b"")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br; q=0.0", None),
        ("GZIP", "gzip"),
        ("", None),
        ("zstd, *", None),
        (",;;=,q", None),
    ],
)
async def test_a_file_is_sent_in_the_smallest_form_that_the_browser_takes(
    browser: httpx.AsyncClient, accepted: str, coding: str | None
) -> None:
    async with browser.stream("GET", ASSET, headers={"Accept-Encoding": accepted}) as answer:
        content = b"".join([chunk async for chunk in answer.aiter_raw()])

    sent = {"br": b"as brotli", "gzip": ZIPPED, None: SCRIPT}[coding]
    assert answer.headers.get("Content-Encoding") == coding
    assert content == sent


async def test_each_form_of_a_file_has_a_tag_of_its_own_and_is_not_sent_again(
    browser: httpx.AsyncClient,
) -> None:
    tags = set()
    for accepted in ("br", "gzip", "identity"):
        async with browser.stream("GET", ASSET, headers={"Accept-Encoding": accepted}) as answer:
            tags.add(answer.headers["ETag"])
        known = {"Accept-Encoding": accepted, "If-None-Match": answer.headers["ETag"]}
        again = await browser.get(ASSET, headers=known)
        assert (again.status_code, again.content) == (304, b"")
    assert len(tags) == 3


async def test_a_file_whose_name_stays_is_asked_for_each_time(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/favicon.svg")

    assert (answer.content, answer.headers["Cache-Control"]) == (b"<svg/>", "no-cache")
    assert answer.headers["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path",
    ["/assets/other.js", "/assets/..%2findex.html", "/assets/index-1a2b.js.gz", "/index.html", "/assets/"],
)
async def test_nothing_else_is_served(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).status_code == 404


async def test_pages_that_were_not_built_say_so_and_the_interface_works(tmp_path: Path) -> None:
    app = app_of(tmp_path / "nothing")
    async with httpx.AsyncClient(transport=in_process(app), base_url="http://tracklift.test") as client:
        answer = await client.get("/")

        assert (answer.status_code, answer.json()["code"]) == (503, "not_built")
        assert (await client.get("/healthz")).status_code == 200


async def test_a_video_to_try_is_served_and_told_of_where_there_is_one(built: Path) -> None:
    (built / "index.html").write_text('<div id="app"></div>')
    plain = WebApplication.of(read_web_files(built))
    routes = web_routes(plain.with_sample(b"a video"))
    app = create_web_app("gateway", routes, dependencies={}, checks={})
    async with httpx.AsyncClient(transport=in_process(app), base_url="http://tracklift.test") as client:
        assert (await client.get("/")).text == '<div id="app" data-sample></div>'
        answer = await client.get("/sample.mp4")

    assert (answer.content, answer.headers["Content-Type"]) == (b"a video", "video/mp4")
    assert plain.shell("/") == b'<div id="app"></div>'


def test_pages_that_were_not_built_have_no_video_to_try() -> None:
    assert WebApplication.of({}).with_sample(b"a video").files == {}
