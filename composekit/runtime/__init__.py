"""A project as plain processes: Project -> specs for the supervisor, and the client side of what runs one."""
