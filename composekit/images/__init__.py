"""From an image name or a Dockerfile to a program of this machine."""
