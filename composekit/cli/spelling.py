"""Docker Compose's spellings of options, rewritten into the one that click reads.

Docker Compose reads its lines with Go's pflag, where `-f=FILE` is `-f FILE`, `-dt5` is `-d -t 5`, and a flag may be
given a value (`--menu=false`). Here each becomes a name and a value as two words, a flag's being `true` or `false`.
What is not in the table is left as it is, for click to refuse.
"""

from composekit.cli.options import Option


def respell(words: list[str], options: tuple[Option, ...], *, mixed: bool) -> tuple[list[str], list[str]]:
    """Return the words in click's spelling, and those after them that belong to something else.

    With `mixed`, options may stand between and after positional words; else the first positional word ends them.
    """
    by_name = {name: row for row in options for name in row.names}
    result: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--" or (not mixed and not _is_option(word)):
            break
        at += 1
        if not _is_option(word):
            result.append(word)
            continue
        spelt, needs_value = _long(word, by_name) if word.startswith("--") else _short(word, by_name)
        result += spelt
        if needs_value and at < len(words):
            result.append(words[at])
            at += 1
    return result, words[at:]


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _long(word: str, by_name: dict[str, Option]) -> tuple[list[str], bool]:
    """Return an option word in click's spelling, and whether its value is the next word."""
    name, equals, value = word.partition("=")
    row = by_name.get(name)
    if row is None:
        return [word], False
    if equals:
        return [name, value], False
    return ([name, "true"], False) if row.kind == "flag" else ([name], True)


def _short(word: str, by_name: dict[str, Option]) -> tuple[list[str], bool]:
    """The same for a word with one dash: some flags, of which the last may be an option with its value."""
    result: list[str] = []
    for at in range(1, len(word)):
        name, rest = f"-{word[at]}", word[at + 1 :]
        row = by_name.get(name)
        if row is None:
            return [*result, f"-{word[at:]}"], False
        if rest.startswith("="):
            return [*result, name, rest[1:]], False
        if row.kind != "flag":
            return ([*result, name, rest], False) if rest else ([*result, name], True)
        result += [name, "true"]
    return result, False
