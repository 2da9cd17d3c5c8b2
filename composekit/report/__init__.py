"""Diagnostics to output formats."""
