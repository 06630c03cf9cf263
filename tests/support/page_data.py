"""What a map that is one file carries as data."""

import json
import re


def data_of(page):
    """Return the data of a page, given as bytes."""
    return json.loads(re.search(r'id="gridplan-data">(.*?)</script>', page.decode(), re.S)[1])
