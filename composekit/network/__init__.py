"""How replicas are reached: addresses, published ports, the forwarder. Knows replicas and ports, nothing of Compose.

A later network of real namespaces replaces what stands behind `hook.Forwarding`; the rest of the program sees addresses
only.
"""
