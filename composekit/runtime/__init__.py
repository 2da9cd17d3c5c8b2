"""A project as plain processes: Project -> specs for the supervisor, and the client side of the commands that run one."""
