"""The marker's line in a task's notes: in, out, and through what Asana and people do to it."""

import random

import pytest

from pmsync.model.native import Marker
from pmsync_asana.marker import attach, part

MARKER = Marker("k3j2", "https://trello.com/c/AbC?x=1&y=2")
LINK = "https://trello.com/c/AbC?x=1&amp;y=2#pmsync=k3j2"


@pytest.mark.parametrize(
    "html",
    [
        "<body></body>",
        "<body>One</body>",
        "<body>One\nTwo\n</body>",
        "<body>One\n\n</body>",
        "<body><ul><li>a</li></ul></body>",
        "<body><h1>Why</h1>One<hr/></body>",
        '<body><a href="https://x.y/">y</a></body>',
        "<body>https://x.y/#pmsync is not one</body>",
    ],
)
@pytest.mark.parametrize("marker", [MARKER, Marker("k3j2")])
def test_what_goes_in_comes_out(html: str, marker: Marker) -> None:
    assert part(attach(html, marker)) == (html, marker)


@pytest.mark.parametrize(
    "html",
    [
        f"<body>One\n{LINK}</body>",
        f"<body>{LINK}\nOne</body>",
        f'<body>One\n<a href="{LINK}">{LINK}</a></body>',
        f'<body>One\n<a href="{LINK}" data-asana-accessible="true">{LINK}</a>\n</body>'.replace("\n</body>", "</body>"),
        f"<body>One\n  {LINK}  </body>",
    ],
)
def test_the_line_is_known_however_asana_shows_it(html: str) -> None:
    assert part(html) == ("<body>One</body>", MARKER)


def test_a_line_that_was_moved_by_people_is_known_and_goes_back_to_the_end() -> None:
    rest, marker = part(f"<body>One\n{LINK}\nTwo</body>")
    assert (rest, marker) == ("<body>One\nTwo</body>", MARKER)
    assert attach(rest, marker) == f"<body>One\nTwo\n{LINK}</body>"


@pytest.mark.parametrize(
    "html",
    [
        "<body>One</body>",
        f"<body>see {LINK}</body>",
        f"<body>{LINK} says it</body>",
        f"<body><ul><li>{LINK}</li></ul></body>",
        "<body>#pmsync=</body>",
        "",
    ],
)
def test_other_text_is_no_marker(html: str) -> None:
    assert part(html) == (html or "<body></body>", None)


def test_nothing_is_attached_where_there_is_no_marker() -> None:
    assert attach(None, None) == "<body></body>"
    assert attach("<body>x</body>", None) == "<body>x</body>"
    assert attach(None, MARKER) == f"<body>{LINK}</body>"


def test_random_notes_come_out_as_they_went_in() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    draw = random.Random(seed)
    parts = ["One", "\n", " ", "<strong>b</strong>", "<ul><li>x</li></ul>", "<hr/>", "&amp;", "#pmsync=", "\u00a0", "é"]
    for _ in range(2000):
        html = f"<body>{''.join(draw.choice(parts) for _ in range(draw.randrange(8)))}</body>"
        if part(html)[1] is None:
            rest, marker = part(attach(html, MARKER))
            assert marker == MARKER
            assert rest.strip() == html or not rest.removeprefix("<body>").removesuffix("</body>").strip()
