"""The per-project supervisor: processes only, nothing of Compose."""
