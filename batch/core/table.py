"""A sheet after reading: columns of text by meaning, each row with its place. Made by sheets, read by core."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from batch.core.terms import Place, Problem


class Kind(StrEnum):
    """What a file is about."""

    #: Who holds what.
    USERS = "users"
    #: Who shall move.
    MOVES = "moves"
    #: What was bought.
    LICENSES = "licenses"
    UNKNOWN = "unknown"


class Field(StrEnum):
    """The meaning of a column. Cells are text, trimmed, with no-break and zero-width blanks cleaned."""

    # People
    USER = "user"  # user principal name as written
    OBJECT_ID = "object_id"
    DISPLAY_NAME = "display_name"
    LOCATION = "usage_location"
    DEPARTMENT = "department"
    #: Products held; several in one cell are joined as they came (``+``, comma, semicolon, line break).
    HOLDS = "holds"
    #: The same, known to be direct or inherited.
    HOLDS_DIRECT = "holds_direct"
    HOLDS_GROUP = "holds_group"
    #: Products to take away and to give.
    REMOVE = "remove"
    ADD = "add"
    #: Service plans that are (users) or shall be (moves) switched off: names or ids, comma or semicolon between.
    #: An entry ``sku-id:plan-id`` belongs to that SKU alone (Graph JSON).
    DISABLED = "disabled_plans"
    #: A user whose licences shall be copied.
    TEMPLATE = "template_user"
    #: On what the move is made, and the group to move into.
    WAY = "way"
    TO_GROUP = "to_group"
    #: Who goes first when seats are tight: 1 before 2, or high, normal, low.
    PRIORITY = "priority"
    # Products
    PRODUCT = "product"
    SKU_ID = "sku_id"
    TOTAL = "total"
    ASSIGNED = "assigned"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    #: Of one seat for one month, with or without its currency; and the currency where it has a column of its own.
    PRICE = "price"
    CURRENCY = "currency"
    #: How the subscription stands, in the words of the admin center, whatever its language.
    STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How the bytes were read; shown to the user, since nothing is guessed silently."""

    #: ``csv``, ``xlsx``, ``xlsm``, ``xls``, ``xlsb``, ``ods`` or ``json``: what the file is, whatever it is called.
    container: str
    encoding: str = ""
    delimiter: str = ""
    #: The row of the headings; 0 when the file has none (a bare list, JSON).
    header_row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sheet's rows as columns. Every list in ``cells`` is as long as ``rows``."""

    file: str
    sheet: str
    #: SHA-256 of the file's bytes.
    digest: str
    kind: Kind
    format: Format
    #: Meaning → heading as it came (empty for a bare list); what was assumed about columns.
    mapping: dict[Field, str]
    #: Row numbers as a person sees them.
    rows: list[int]
    cells: dict[Field, list[str]]
    #: Rows that could not be read as rows (example rows, repeated headers, totals, unreadable lines), already left
    #: out of ``rows``; and problems of the file as a whole.
    problems: tuple[Problem, ...] = ()
    #: Sentences about what was assumed.
    assumed: tuple[str, ...] = field(default=())

    def place(self, index: int, meaning: Field | None = None) -> Place:
        """Where the cell of row ``index`` (0-based) with this meaning stands."""
        column = self.mapping.get(meaning, "") if meaning else ""
        return Place(file=self.file, sheet=self.sheet, row=self.rows[index], column=column)
