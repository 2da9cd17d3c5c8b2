"""The exceptions of composekit, and the exit code each stands for.

    ComposekitError             cannot go on; the message is for the user            exit 1
    ├── UsageError              the command line itself is wrong                     exit 2
    ├── LoadFailed              diagnostics have been reported; nothing to add       exit 1
    ├── BadValue                a little-language string could not be read           (a caller makes it a diagnostic)
    ├── SupervisorError         the supervisor refused, vanished or speaks another version   exit 4
    └── Interrupted             the user pressed Ctrl-C                              exit 130

Mistakes in a user's file are diagnostics (`composekit.source.diagnostic`), not exceptions. Any other exception that
reaches `cli/main.py` is our own bug and exits 3.
"""


class ComposekitError(Exception):
    """Something the user can act on; `hint` says how, `exit_code` is what the process returns."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code


class UsageError(ComposekitError):
    """The command line is wrong."""

    exit_code = 2


class LoadFailed(ComposekitError):
    """Loading stopped after its diagnostics were reported."""

    def __init__(self, message: str = "the project could not be loaded") -> None:
        super().__init__(message)


class BadValue(ComposekitError):
    """A string of one of the little languages is wrong at `offset` (characters from its start, `None` when unknown)."""

    def __init__(self, message: str, *, offset: int | None = None, length: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.offset = offset
        self.length = length


class SupervisorError(ComposekitError):
    """The per-project supervisor could not do what was asked; `code` is the reply's machine-readable reason."""

    exit_code = 4

    def __init__(self, message: str, *, code: str = "failed", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Interrupted(ComposekitError):
    """The user pressed Ctrl-C."""

    exit_code = 130
