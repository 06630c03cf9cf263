"""Help as it is printed, in Chromium."""

from io import BytesIO

import pytest
from databases import ON_SQLITE
from pypdf import PdfReader

pytestmark = [pytest.mark.browser, ON_SQLITE]


def printed(page):
    """Return the pages of paper that a page of Help comes to."""
    for picture in page.locator(".document img").all():
        picture.scroll_into_view_if_needed()  # no printer waits for a picture that comes when it is seen
    page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth)")
    return PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages


def test_what_members_are_given_is_one_sheet_of_a4_and_the_test_with_three_phones_is_a_page(open_page, site):
    page = open_page(f"{site}/help/member", drawn=False).page
    for lang, last in (("en", "step"), ("zh", "步骤")):
        page.goto(f"{site}/help/member?lang={lang}")
        sheet = printed(page)
        assert len(sheet) <= 2  # both sides
        assert [round(float(side) / 72 * 25.4) for side in sheet[0].mediabox[2:]] == [210, 297]
        assert sum(len(one.images) for one in sheet) == page.locator(".document img").count() > 0
        contents = page.locator("nav details summary").inner_text()
        assert not any(contents in one.extract_text() for one in sheet)

        page.goto(f"{site}/help/reliability?lang={lang}")
        pages = [one.extract_text() for one in printed(page)]
        assert [last in one for one in pages] == [False] * (len(pages) - 1) + [True]
        assert all(f"{step}. " in pages[-1] for step in range(1, 13))
