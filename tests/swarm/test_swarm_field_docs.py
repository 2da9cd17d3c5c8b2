import os

from composekit.swarm.field_docs import render_fields

PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "swarm.md")


def test_the_page_is_what_the_table_makes():
    with open(PAGE, encoding="utf-8") as file:
        assert file.read() == render_fields(), "run: python -m composekit.swarm.field_docs > docs/swarm.md"
