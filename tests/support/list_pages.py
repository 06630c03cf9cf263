"""Lists as pages and files show them."""

import csv
import io
import re
from html import unescape
from urllib.parse import unquote


def text_of(answer):
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def table_of(page):
    """Return the headings and the rows of a list as they are read."""
    rows = re.findall(r"<tr role=.*?</tr>", page, re.S)
    cells = [
        [re.sub("<.*?>", "", cell).strip() for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.S)] for row in rows
    ]
    return cells[0], cells[1:]


def saved(client, address):
    """Return the name of a CSV file, its line on what it is, its headings and its rows."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    (about,), headings, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    sent = answer.headers["Content-Disposition"]
    name = re.search(r"filename\*=UTF-8''(.+)", sent) or re.search("filename=(.+)", sent)
    return unquote(name[1]), about, headings, rows
