"""From a project to Docker Swarm: plan, losses and printers."""
