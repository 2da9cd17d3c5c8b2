"""The little languages inside Compose strings; grammar/ is their definition."""
