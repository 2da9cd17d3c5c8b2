"""Is a tree shaped like a Compose file? A fast yes, and a slow explanation."""
