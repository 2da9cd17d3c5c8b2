import pytest

from composekit.lint.changed import at_changed_lines, parse_diff
from composekit.lint.engine import lint
from composekit.lint.settings import Settings

DIFF = """\
diff --git a/compose.yaml b/compose.yaml
index 1..2 100644
--- a/compose.yaml
+++ b/compose.yaml
@@ -3 +3 @@ services:
-    image: nginx:1
+    image: nginx
@@ -5,2 +5,3 @@
-a
-b
+a
+b
+c
@@ -12,2 +13,0 @@
-x
-y
diff --git a/gone.yaml b/gone.yaml
--- a/gone.yaml
+++ /dev/null
@@ -1 +0,0 @@
-x
"""


def test_the_changed_lines_of_each_file_are_read(tmp_path):
    assert parse_diff(DIFF, str(tmp_path)) == {str(tmp_path / "compose.yaml"): [(3, 3), (5, 7), (13, 14)]}


def test_names_with_unusual_characters_are_read(tmp_path):
    diff = '+++ "b/st\\303\\244ck/a\\"b.yaml"\n@@ -1 +1 @@\n'

    assert list(parse_diff(diff, str(tmp_path))) == [str(tmp_path / "stäck" / 'a"b.yaml')]


TEXT = """\
services:
  web:
    image: nginx
    command: x
  db:
    image: example/db:1
    ports: ["80:80"]
  admin:
    image: example/admin:1
    ports: ["80:80"]
"""


@pytest.mark.parametrize(("line", "codes"), [(3, ["CK504"]), (4, []), (5, []), (7, ["CK402"]), (10, ["CK402"])])
def test_a_finding_counts_where_it_or_what_explains_it_changed(load, tmp_path, line, codes):
    found = lint(load({"compose.yaml": TEXT}), Settings(select=("CK402", "CK504")))
    kept = at_changed_lines(found, {str(tmp_path / "compose.yaml"): [(line, line)]})

    assert [one.code for one in found] == ["CK504", "CK402"]
    assert [one.code for one in kept] == codes


def test_what_could_not_be_read_always_counts(load):
    found = lint(load({"compose.yaml": "services:\n  web:\n    imag: nginx\n"}), Settings())

    assert at_changed_lines(found, {}) == found
