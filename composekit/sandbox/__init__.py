"""What a process sees of this machine."""
