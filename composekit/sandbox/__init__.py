"""What a process sees: its own mounts, host name and user. Knows paths and mounts, nothing of Compose.

`probe.probe()` tells what this machine allows, `enter.enter(view)` is called in a forked child right before its program
starts, `enter.join(pid)` brings another child, such as a health check, into a view that exists.
"""
