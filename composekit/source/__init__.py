"""Text, spans, nodes, YAML reading and writing, diagnostics, edits. Knows YAML, not Compose."""
