"""The page on all partitions of a county or province: what each has, with ways to its map and its workbook."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment

from gridplan.exchange.webmap import font_faces
from gridplan.words import Lang, words

COLUMNS: Final = ("households", "grids", "exceptions", "refused", "members", "leads", "shortages")
FIRST_IDEOGRAPH: Final = "\u3000"
PAGE: Final = Environment(autoescape=True).from_string("""<!DOCTYPE html>
<html lang="{{ lang }}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ words.title }}</title>
<style>
body { font: 16px/1.5 "Noto Sans SC", system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1c2430; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid #d5dbe3; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; }
tfoot td { font-weight: 600; }
.bad { text-align: left; white-space: normal; color: #a3231b; }
@media (prefers-color-scheme: dark) { body { background: #12161c; color: #e5e9ef; } a { color: #8ab4f8; } .bad { color: #ff9a90; } }
{{ faces|safe }}</style></head>
<body>
<h1>{{ words.title }}</h1>
<p>{{ words.edges }}</p>
<table>
<thead><tr><th scope="col">{{ words.partition }}</th>{% for name in columns %}<th scope="col">{{ words[name] }}</th>{% endfor %}<th></th></tr></thead>
<tbody>
{% for row in rows %}<tr><td>{{ row.partition }}</td>
{% if row.problem is defined %}<td class="bad" colspan="{{ columns|length + 1 }}">{{ row.problem[lang] }}</td>
{% else %}{% for name in columns %}<td>{{ "{:,}".format(row[name] or 0) }}</td>{% endfor %}
<td><a href="{{ way(row.folder) }}/map.html">{{ words.map }}</a> · <a href="{{ way(row.folder) }}/plan.xlsx">{{ words.workbook }}</a></td>{% endif %}</tr>
{% endfor %}</tbody>
<tfoot><tr><td>{{ words.total }}</td>{% for name in columns %}<td>{{ "{:,}".format(totals[name]) }}</td>{% endfor %}<td></td></tr></tfoot>
</table>
</body></html>
""")  # noqa: E501 (HTML)


def write_overview(path: Path, rows: Collection[Mapping[str, Any]], totals: Mapping[str, int], lang: Lang) -> None:
    """Write the page: a row for each partition, and their sums."""
    told = {"rows": rows, "totals": totals, "columns": COLUMNS, "lang": lang, "way": quote}
    written = PAGE.render(words=words("partitions.page.", lang), faces="", **told)
    chinese = "".join(sorted({letter for letter in written if letter >= FIRST_IDEOGRAPH}))
    path.write_text(PAGE.render(words=words("partitions.page.", lang), faces=font_faces(chinese), **told), "utf-8")
