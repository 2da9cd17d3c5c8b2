"""Addresses, names, balancing and published ports."""
