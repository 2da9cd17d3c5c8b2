"""composekit: one engine that lints, runs and converts Docker Compose projects."""

__version__ = "0.1.0"
