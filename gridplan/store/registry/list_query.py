"""What a list of the registry is asked for: some of the rows of a table, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, func, or_, select


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The village that rows are of, which of the filters of the list, a text that they have, and which page of them."""

    village_id: int | None = None
    which: str = "all"
    text: str = ""
    page: int = 1
    page_size: int = 100

    def page_of(
        self, connection: Connection, found: Select[Any], table: Table, columns: Sequence[str]
    ) -> tuple[list[RowMapping], int]:
        """Return the rows of the page and how many there are in all; the text is searched for in some columns."""
        if self.village_id is not None:
            found = found.where(table.c.village_id == self.village_id)
        if self.text:
            found = found.where(or_(*(table.c[name].icontains(self.text, autoescape=True) for name in columns)))
        rows = found.offset((self.page - 1) * self.page_size).limit(self.page_size)
        total = select(func.count()).select_from(found.order_by(None).subquery())
        return list(connection.execute(rows).mappings()), int(connection.execute(total).scalar_one())
