"""The command line. Imports anything, lazily; nobody imports it."""
