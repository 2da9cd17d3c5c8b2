"""From a project to specs for the supervisor, and the client side of every command."""
