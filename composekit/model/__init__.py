"""A typed view of a canonical tree; never imported by `config` or by the fast path of `lint`."""
