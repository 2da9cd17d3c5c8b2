"""The services of a project and what depends on what, as a picture: Mermaid, Graphviz' dot, or SVG of our own. Pure.

An arrow leads from a service to what it needs, labelled with what it waits for where that is more than a start.
"""

import re
from collections.abc import Collection, Mapping
from html import escape
from typing import NamedTuple

from composekit.graph import Cycle, startup_order
from composekit.model.project import Project

_CONDITIONS = {"service_healthy": "healthy", "service_completed_successfully": "completed"}

_CHAR, _BOX, _GAP_X, _GAP_Y, _EDGE = 7.3, 44, 28, 70, 20  # pixels


class Node(NamedTuple):
    name: str
    detail: str


class Arrow(NamedTuple):
    """`label` is what is waited for, empty for a mere start; one that is not `required` is drawn thin."""

    start: str
    end: str
    label: str
    required: bool


class Picture(NamedTuple):
    title: str
    nodes: list[Node]
    arrows: list[Arrow]


def picture_of(project: Project, selected: Collection[str]) -> Picture:
    """Return the chosen services, in the order of the file, and the arrows between them."""
    nodes = []
    for name in selected:
        service = project.services[name]
        image = service.image or ("build" if service.build is not None else "")
        count = f" x{service.replicas}" if service.replicas != 1 else ""
        nodes.append(Node(name, f"{image}{count}".strip()))
    arrows = [
        Arrow(name, other, _CONDITIONS.get(one.condition, ""), one.required)
        for name in selected
        for other, one in project.services[name].depends_on.items()
        if other in selected
    ]
    return Picture(project.name, nodes, arrows)


def as_mermaid(picture: Picture) -> str:
    """Return a flowchart for https://mermaid.js.org, which GitHub and GitLab draw."""
    ids = {node.name: re.sub(r"\W", "_", node.name) + f"_{at}" for at, node in enumerate(picture.nodes)}
    lines = ["flowchart TD"]
    for node in picture.nodes:
        detail = f"<br/><small>{escape(node.detail)}</small>" if node.detail else ""
        lines.append(f'    {ids[node.name]}["{escape(node.name)}{detail}"]')
    for arrow in picture.arrows:
        line = "-->" if arrow.required else "-.->"
        label = f"|{arrow.label}|" if arrow.label else ""
        lines.append(f"    {ids[arrow.start]} {line}{label} {ids[arrow.end]}")
    return "\n".join(lines) + "\n"


def as_dot(picture: Picture) -> str:
    """Return a graph for Graphviz."""
    lines = [
        f"digraph {_quoted(picture.title)} {{",
        "    rankdir=TB;",
        '    node [shape=box, style=rounded, fontname="sans-serif"];',
        '    edge [fontname="sans-serif", fontsize=10];',
    ]
    for node in picture.nodes:
        label = _quoted(node.name, node.detail) if node.detail else _quoted(node.name)
        lines.append(f"    {_quoted(node.name)} [label={label}];")
    for arrow in picture.arrows:
        facts = [f"label={_quoted(arrow.label)}"] if arrow.label else []
        facts += [] if arrow.required else ["style=dashed"]
        shown = f" [{', '.join(facts)}]" if facts else ""
        lines.append(f"    {_quoted(arrow.start)} -> {_quoted(arrow.end)}{shown};")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(*lines: str) -> str:
    return '"' + "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines) + '"'


# -- SVG ---------------------------------------------------------------------------------------------------------------


class _Box(NamedTuple):
    x: float
    y: float
    width: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


def as_svg(picture: Picture) -> str:
    """Return a drawing in rows: what needs others above what it needs; it follows the viewer's light or dark theme."""
    rows = _rows(picture)
    boxes, width, height = _placed(picture, rows)
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    label = f'role="img" aria-label="services of {escape(picture.title)}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label}>', _STYLE]
    parts += [_drawn_arrow(arrow, boxes[arrow.start], boxes[arrow.end]) for arrow in picture.arrows]
    parts += [_drawn_box(node, boxes[node.name]) for node in picture.nodes]
    return "\n".join([*parts, "</svg>"]) + "\n"


_STYLE = """<style>
  svg { color-scheme: light dark; font: 13px system-ui, sans-serif; --ink: #1f2937; --soft: #6b7280; --line: #94a3b8;
        --box: #f8fafc; --edge: #cbd5e1 }
  @media (prefers-color-scheme: dark) { svg { --ink: #e5e7eb; --soft: #9ca3af; --line: #64748b; --box: #1e293b;
        --edge: #475569 } }
  rect { fill: var(--box); stroke: var(--edge) }
  text { fill: var(--ink); text-anchor: middle }
  .soft { fill: var(--soft); font-size: 11px }
  .word { paint-order: stroke; stroke: Canvas; stroke-width: 5px; stroke-linejoin: round }
  path { fill: none; stroke: var(--line); stroke-width: 1.5; marker-end: url(#tip) }
  .thin { stroke-dasharray: 4 3 }
  marker path { fill: var(--line); stroke: none; marker-end: none }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
  <path d="M0 0 8 4 0 8z"/></marker></defs>"""


def _rows(picture: Picture) -> list[list[str]]:
    """Return names row by row, each below everything that needs it."""
    needs: dict[str, set[str]] = {node.name: set() for node in picture.nodes}
    needed_by: dict[str, set[str]] = {node.name: set() for node in picture.nodes}
    for arrow in picture.arrows:
        needs[arrow.start].add(arrow.end)
        needed_by[arrow.end].add(arrow.start)
    try:
        rows = startup_order(needed_by)
    except Cycle:  # reported by whoever loads the project; still a picture
        rows = [list(needs)]
    for row in rows[:1]:  # those that stand alone last
        row.sort(key=lambda name: (not needs[name], name))
    for at in range(1, len(rows)):
        above = {name: place for place, name in enumerate(rows[at - 1])}
        rows[at].sort(key=lambda name: (_mean_place(name, needs, above), name))
    return rows


def _mean_place(name: str, needs: Mapping[str, Collection[str]], above: Mapping[str, int]) -> float:
    """Return where in the row above those stand that need a service: below them, fewer arrows cross."""
    places = [place for other, place in above.items() if name in needs[other]]
    return sum(places) / len(places) if places else len(above)


def _placed(picture: Picture, rows: list[list[str]]) -> tuple[dict[str, _Box], float, float]:
    nodes = {node.name: node for node in picture.nodes}
    widths = {name: max(len(node.name), len(node.detail) * 0.86, 8) * _CHAR + 24 for name, node in nodes.items()}
    totals = [sum(widths[name] for name in row) + _GAP_X * (len(row) - 1) for row in rows]
    whole = max(totals, default=0)
    boxes = {}
    for at, row in enumerate(rows):
        x = _EDGE + (whole - totals[at]) / 2
        for name in row:
            boxes[name] = _Box(round(x, 1), _EDGE + at * (_BOX + _GAP_Y), round(widths[name], 1))
            x += widths[name] + _GAP_X
    height = 2 * _EDGE + len(rows) * _BOX + max(len(rows) - 1, 0) * _GAP_Y
    return boxes, round(whole + 2 * _EDGE, 1), height


def _drawn_box(node: Node, box: _Box) -> str:
    name_y = box.y + (19 if node.detail else 27)
    detail = f'<text class="soft" x="{box.middle:g}" y="{box.y + 35:g}">{escape(node.detail)}</text>'
    return (
        f'<g><rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{_BOX}" rx="8"/>'
        f'<text x="{box.middle:g}" y="{name_y:g}">{escape(node.name)}</text>{detail if node.detail else ""}</g>'
    )


def _drawn_arrow(arrow: Arrow, start: _Box, end: _Box) -> str:
    x1, y1, x2, y2 = start.middle, start.y + _BOX, end.middle, end.y - 2
    bend = max((y2 - y1) / 2, 20)
    # An arrow over several rows swings out, past the boxes between.
    swing = 0.0 if y2 - y1 <= _GAP_Y else (-1 if x1 <= x2 else 1) * (start.width + end.width) * 0.7
    kind = "" if arrow.required else ' class="thin"'
    curve = f"C{x1 + swing:g} {y1 + bend:g} {x2 + swing:g} {y2 - bend:g} {x2:g} {y2:g}"
    line = f'<path{kind} d="M{x1:g} {y1:g} {curve}"/>'
    if not arrow.label:
        return line
    # On the curve, near its end, where the arrows of one service have come apart.
    t = 0.7
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    x = sum(w * at for w, at in zip(weights, (x1, x1 + swing, x2 + swing, x2), strict=True))
    y = sum(w * at for w, at in zip(weights, (y1, y1 + bend, y2 - bend, y2), strict=True))
    return f'{line}<text class="soft word" x="{x:.1f}" y="{y + 3:.1f}">{escape(arrow.label)}</text>'
