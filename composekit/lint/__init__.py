"""Rules over a loaded project."""
