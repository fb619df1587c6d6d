"""Two edits of one text, made into one."""

import pytest

from pmsync.text.merge import merge, merge_words

STEPS = "# Steps\n\nOpen the shop and add an item.\n\n- first\n- second\n\nPay by card."


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param(
            STEPS.replace("shop", "store"),
            STEPS.replace("card", "voucher"),
            STEPS.replace("shop", "store").replace("card", "voucher"),
            id="two paragraphs",
        ),
        pytest.param(
            STEPS.replace("Open the", "Enter the"),
            STEPS.replace("an item", "two items"),
            STEPS.replace("Open the", "Enter the").replace("an item", "two items"),
            id="two places in one sentence",
        ),
        pytest.param(
            STEPS + "\n\nAnd wait.",
            STEPS.replace("by card", "by card at once"),
            STEPS.replace("by card", "by card at once") + "\n\nAnd wait.",
            id="added after an edited paragraph",
        ),
        pytest.param(
            STEPS.replace("- first\n- second\n\n", ""),
            STEPS.replace("shop", "store"),
            STEPS.replace("- first\n- second\n\n", "").replace("shop", "store"),
            id="deleted beside an edited paragraph",
        ),
        pytest.param(
            STEPS.replace("- second", "- second\n- third"),
            STEPS.replace("- first", "- the first"),
            STEPS.replace("- first\n- second", "- the first\n- second\n- third"),
            id="two items of one list",
        ),
        pytest.param(
            STEPS.replace("# Steps", "## Steps"),
            STEPS.replace("# Steps", "# Steps to take"),
            STEPS.replace("# Steps", "## Steps to take"),
            id="a heading's level and its words",
        ),
        pytest.param(
            STEPS.replace("shop", "store"),
            STEPS.replace("shop", "store"),
            STEPS.replace("shop", "store"),
            id="the same",
        ),
    ],
)
def test_edits_that_do_not_touch_are_merged(left: str, right: str, expected: str) -> None:
    assert merge(STEPS, left, right) == expected
    assert merge(STEPS, right, left) == expected


@pytest.mark.parametrize(
    ("base", "left", "right"),
    [
        pytest.param("a quick fox", "a slow fox", "a red fox", id="one word"),
        pytest.param("a quick fox", "a slow fox", "a quick dog", id="neighbouring words"),
        pytest.param("one\n\ntwo", "two", "one more\n\ntwo", id="deleted and edited"),
        pytest.param("one\n\ntwo", "one\n\ntwo\n\nthree", "one\n\ntwo\n\nfour", id="two insertions at one place"),
        pytest.param("one\n\ntwo", "one", "one\n\ntwo\n\nthree", id="added after what was deleted"),
        pytest.param("", "one", "two", id="two texts where there was none"),
        pytest.param("a\n\nb\n\nc", "b\n\nc\n\na", "b\n\na\n\nc", id="one block moved to two places"),
        pytest.param("x\n\ny", "x\n\nx\n\ny", "x\n\ny\n\nx", id="one block added at two places"),
        pytest.param("a b c d e", "**a b c** d e", "a b **c d e**", id="marks that overlap"),
    ],
)
def test_edits_that_touch_are_not_merged(base: str, left: str, right: str) -> None:
    assert merge(base, left, right) is None
    assert merge(base, right, left) is None


def test_titles_merge_by_words() -> None:
    assert (
        merge_words("Fix the login page", "Fix the login page now", "Repair the login page")
        == "Repair the login page now"
    )
    assert merge_words("Fix it", "Fix that", "Fix this") is None
