"""Bytes to canonical tree."""
