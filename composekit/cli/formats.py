"""`--format` of the commands that list something: a table, JSON, or a Go template over the same facts.

A row's facts have Docker's keys. A template may start with `table `, which prints columns with titles.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from composekit.cli.tables import fitted, render_table
from composekit.errors import BadValue, ComposekitError
from composekit.values.gotemplate import Template, go_json, titles

Facts = Mapping[str, Any]


class Fit(NamedTuple):
    """A terminal of so many `columns`; by title, to how many characters columns may shrink, and which can be spared."""

    columns: int
    least: Mapping[str, int]
    spare: Sequence[str]


def show_rows(
    rows: Sequence[Facts],
    form: str | None,
    *,
    table: str,
    headers: Mapping[str, str],
    whole_json: bool = False,
    fit: Fit | None = None,
) -> str:
    """Return rows as `form` asks; `table` is the template of the usual table, with tabs between its columns.

    The usual table is made to `fit`. JSON is one object a line, or with `whole_json` one list. Raises
    `ComposekitError` for a template that is wrong.
    """
    if form == "json":
        return f"{go_json(list(map(_data, rows)))}\n" if whole_json else "".join(f"{go_json(row)}\n" for row in rows)
    template = f"table {table}" if form in (None, "", "table") else _unescape(str(form))
    try:
        if template.startswith("table "):
            return _table(template.removeprefix("table "), rows, headers, None if form else fit)
        line = Template(template)
        return "".join(f"{line.fill(row)}\n" for row in rows)
    except BadValue as error:
        raise ComposekitError(f"--format: {error}", hint=error.hint) from None


def aligned(lines: Sequence[Sequence[str]], *, least: int, gap: int) -> str:
    """Return lines of cells in columns of `least` characters or more, `gap` of them blank; the last is as it is."""
    if not lines:
        return ""
    widths = [max(least, *(len(line[at]) + gap for line in lines)) for at in range(len(lines[0]) - 1)]
    return "".join(
        "".join(cell.ljust(width) for cell, width in zip(line[:-1], widths, strict=True)) + f"{line[-1]}\n"
        for line in lines
    )


def _data(row: Facts) -> dict[str, Any]:
    return {key: value for key, value in row.items() if not callable(value)}


def _table(template: str, rows: Sequence[Facts], headers: Mapping[str, str], fit: Fit | None) -> str:
    line = Template(template)
    header = line.fill(titles(headers)).split("\t")
    lines = [line.fill(row).split("\t") for row in rows]
    width = max(len(cells) for cells in [header, *lines])
    whole = [_padded(cells, width) for cells in (header, *lines)]
    if fit is not None:
        whole = fitted(whole, *fit)
    return render_table(whole[0], whole[1:])


def _padded(cells: list[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def _unescape(text: str) -> str:
    # In single quotes a shell keeps these as two characters; Docker takes them for what they mean.
    return text.replace("\\t", "\t").replace("\\n", "\n")
