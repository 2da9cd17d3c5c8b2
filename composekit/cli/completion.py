"""Completion scripts for shells, made of the tables of commands and options.

Names of services are live: the script asks `composekit config --services`, with the global options of the line.
Everything else is in the script, so completing an option starts no program.
"""

import importlib
import re
from typing import NamedTuple

from composekit.cli.options import GLOBAL_OPTIONS, Argument, Option, options_of, with_dry_run
from composekit.cli.table import COMMANDS, GROUPS

_FILES = ("FILE", "DIRECTORY")
_SERVICE = "SERVICE"
_ZSH_VALUES = {**dict.fromkeys(_FILES, ":file:_files"), _SERVICE: ":service:__composekit_services"}
_FISH_VALUES = {**dict.fromkeys(_FILES, " -r -F"), _SERVICE: " -x -a '(__composekit_services)'"}


class Entry(NamedTuple):
    """A command (`up`, or of a group: `stack ls`): its help, its options, and whether its words are services."""

    name: str
    text: str
    options: tuple[Option, ...]
    services: bool


def entries() -> list[Entry]:
    """Return every command, and `help`; imports all of them."""
    found = []
    for name, (module, text) in COMMANDS.items():
        rows = with_dry_run(importlib.import_module(module).ARGUMENTS)
        words = [row.name for row in rows if isinstance(row, Argument)]
        services = any(word in ("services", "service", "pairs", "source", "target") for word in words)
        found.append(Entry(name, text, _offered(options_of(rows)), services))
    found.append(Entry("help", "Show the help of a command", (), services=False))
    return sorted(found)


def _groups(found: list[Entry]) -> dict[str, list[Entry]]:
    """Return the commands of each group, by the group's name."""
    groups: dict[str, list[Entry]] = {}
    for one in found:
        group, space, name = one.name.partition(" ")
        if space:
            groups.setdefault(group, []).append(one._replace(name=name))
    return groups


def _top(found: list[Entry]) -> list[Entry]:
    """Return the first words of commands, groups as commands of their own."""
    groups = [Entry(name, GROUPS[name], (), services=False) for name in _groups(found)]
    return sorted([*(one for one in found if " " not in one.name), *groups])


def _offered(options: tuple[Option, ...]) -> tuple[Option, ...]:
    return tuple(row for row in options if not row.hidden)


def _takes_value(row: Option) -> bool:
    return row.kind != "flag"


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[a-z\)])\. ", text)[0].rstrip(".")


# -- bash --------------------------------------------------------------------------------------------------------------


def bash() -> str:
    found = entries()
    shared = _offered(GLOBAL_OPTIONS)
    groups = _groups(found)
    cases = [_bash_case(one, found) for one in found]
    cases += [f"        {name}) words='echo {_names(members)}' ;;" for name, members in groups.items()]
    options = [("", shared), *((one.name, one.options) for one in found)]
    return _BASH.format(
        valued="|".join(name for row in GLOBAL_OPTIONS if _takes_value(row) for name in row.names),
        commands=_names(_top(found)),
        groups="|".join(groups) or "''",
        shared=" ".join(name for row in shared for name in row.names),
        cases="\n".join(cases),
        values=_bash_values(options),
        with_value="|".join(
            f"'{command} {name}'"
            for command, rows in options
            for row in rows
            if _takes_value(row)
            for name in row.names
        ),
    )


def _names(found: list[Entry]) -> str:
    return " ".join(one.name for one in found)


def _bash_case(one: Entry, found: list[Entry]) -> str:
    options = " ".join(name for row in one.options for name in row.names)
    words = "__composekit_services" if one.services else f"'echo {_names(_top(found))}'" if one.name == "help" else ":"
    return f"        '{one.name}') options='{options}'; words={words} ;;"


def _bash_values(groups: list[tuple[str, tuple[Option, ...]]]) -> str:
    lines = []
    for command, options in groups:
        for row in options:
            if row.choices:
                lines += [f"        '{command} {name}') choices='{' '.join(row.choices)}' ;;" for name in row.names]
            elif row.metavar in _FILES:
                lines += [f"        '{command} {name}') choices='<files>' ;;" for name in row.names]
            elif row.metavar == _SERVICE:
                lines += [f"        '{command} {name}') choices=\"$(__composekit_services)\" ;;" for name in row.names]
    return "\n".join(lines)


_BASH = """# composekit completion for bash; load it with: source <(composekit completion bash)

__composekit_services() {{
    composekit "${{__composekit_shared[@]}}" config --services 2>/dev/null
}}

_composekit() {{
    local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}"
    local command='' options='' words=: choices='' word i
    __composekit_shared=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${{COMP_WORDS[i]}}"
        if [[ -n $command ]]; then
            [[ $word == -* ]] || command="$command $word"
            break
        fi
        case "$word" in
        {valued}) __composekit_shared+=("$word" "${{COMP_WORDS[i+1]}}"); ((i++)) ;;
        -*) __composekit_shared+=("$word") ;;
        {groups}) command="$word" ;;
        *) command="$word"; break ;;
        esac
    done
    case "$command" in
        '') options='{shared}'; words='echo {commands}' ;;
{cases}
    esac
    case "$command $prev" in
{values}
        {with_value}) return ;;
    esac
    if [[ $choices == '<files>' ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$cur"))
    elif [[ -n $choices ]]; then
        COMPREPLY=($(compgen -W "$choices" -- "$cur"))
    elif [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
    else
        COMPREPLY=($(compgen -W "$($words)" -- "$cur"))
    fi
}}

complete -o default -F _composekit composekit
"""


# -- zsh ---------------------------------------------------------------------------------------------------------------


def zsh() -> str:
    found = entries()
    commands = "\n".join(f"        '{one.name}:{_zsh_text(one.text)}'" for one in _top(found))
    cases = [_zsh_case(one) for one in found if " " not in one.name]
    cases += [_zsh_group(name, members) for name, members in _groups(found).items()]
    shared = " \\\n        ".join(_zsh_option(row) for row in _offered(GLOBAL_OPTIONS))
    return _ZSH.format(commands=commands, shared=shared, cases="\n".join(cases))


def _zsh_case(one: Entry) -> str:
    specs = [_zsh_option(row) for row in one.options]
    if one.services:
        specs.append("'*:service:__composekit_services'")
    elif one.name == "help":
        specs.append("'1:command:__composekit_commands'")
    else:
        specs.append("'*:file:_files'")
    return f"        {one.name})\n            _arguments {' '.join(specs)} ;;"


def _zsh_group(name: str, members: list[Entry]) -> str:
    cases = "\n".join(_zsh_case(one) for one in members)
    return (
        f"        {name})\n            _arguments -C '1:command:({_names(members)})' '*::argument:->rest'\n"
        f"            case $words[1] in\n{cases}\n            esac ;;"
    )


def _zsh_option(row: Option) -> str:
    value = ""
    if row.choices:
        value = f":value:({' '.join(row.choices)})"
    elif _takes_value(row):
        value = _ZSH_VALUES.get(row.metavar or "", ":value: ")
    text = f"[{_zsh_text(_first_sentence(row.help))}]{value}"
    names = sorted(row.names, key=len)
    if row.kind == "many":
        return " ".join(f"'*{name}{text}'" for name in names)
    if len(names) == 1:
        return f"'{names[0]}{text}'"
    return f"'({' '.join(names)})'{{{','.join(names)}}}'{text}'"


def _zsh_text(text: str) -> str:
    return text.replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


_ZSH = """#compdef composekit
# composekit completion for zsh; load it with: source <(composekit completion zsh)

__composekit_services() {{
    local -a found
    found=(${{(f)"$(composekit $__composekit_shared config --services 2>/dev/null)"}})
    compadd -a found
}}

__composekit_commands() {{
    local -a found
    found=(
{commands}
    )
    _describe 'command' found
}}

_composekit() {{
    local curcontext="$curcontext" state line
    typeset -A opt_args
    local -a __composekit_shared
    _arguments -C \\
        {shared} \\
        '1:command:__composekit_commands' \\
        '*::argument:->argument'
    [[ $state == argument ]] || return
    local option value
    for option in -f --file -p --project-name --project-directory --profile --env-file; do
        for value in ${{(s.:.)opt_args[$option]}}; do __composekit_shared+=($option $value); done
    done
    case $words[1] in
{cases}
    esac
}}

if [[ $funcstack[1] == _composekit ]]; then _composekit "$@"; else compdef _composekit composekit; fi
"""


# -- fish --------------------------------------------------------------------------------------------------------------


def fish() -> str:
    found = entries()
    groups = _groups(found)
    lines = [_FISH.replace("<groups>", " ".join(groups) or "''")]
    none = _fish_text("__composekit_is ''")
    lines += [f"complete -c composekit -f -n {none} -a {one.name} -d {_fish_text(one.text)}" for one in _top(found)]
    lines += [_fish_option(row, none) for row in _offered(GLOBAL_OPTIONS)]
    for name, members in groups.items():
        condition = _fish_text(f"__composekit_is '{name}'")
        lines += [
            f"complete -c composekit -f -n {condition} -a {one.name} -d {_fish_text(one.text)}" for one in members
        ]
    for one in found:
        condition = _fish_text(f"__composekit_is '{one.name}'")
        lines += [_fish_option(row, condition) for row in one.options]
        if one.services:
            lines.append(f"complete -c composekit -f -n {condition} -a '(__composekit_services)'")
        elif one.name == "help":
            lines.append(f"complete -c composekit -f -n {condition} -a '{_names(_top(found))}'")
    return "\n".join(lines) + "\n"


def _fish_option(row: Option, condition: str) -> str:
    names = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in row.names]
    value = ""
    if row.choices:
        value = f" -x -a '{' '.join(row.choices)}'"
    elif _takes_value(row):
        value = _FISH_VALUES.get(row.metavar or "", " -x")
    return f"complete -c composekit -n {condition} {' '.join(names)}{value} -d {_fish_text(_first_sentence(row.help))}"


def _fish_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_FISH = """# composekit completion for fish; load it with: composekit completion fish | source

# Prints the global options of the line that say which project is meant, and last the command, after a line of its own.
function __composekit_line
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l take 0
    set -l command
    for token in $tokens
        if test $take = 1
            echo $token
            set take 0
            continue
        end
        switch $token
            case -f --file -p --project-name --project-directory --profile --env-file
                if test -z "$command"
                    echo -- $token
                    set take 1
                end
            case '-*'
                continue
            case '*'
                if test -z "$command"
                    set command $token
                    contains -- $token <groups>; or break
                else
                    set command "$command $token"
                    break
                end
        end
    end
    echo "=$command"
end

function __composekit_is
    set -l line (__composekit_line)
    test "$line[-1]" = "=$argv[1]"
end

function __composekit_services
    set -l line (__composekit_line)
    set -e line[-1]
    composekit $line config --services 2>/dev/null
end
"""


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}
