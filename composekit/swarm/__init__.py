"""Project -> SwarmPlan -> printers: what a Compose project becomes as swarm services, and what is lost on the way."""
