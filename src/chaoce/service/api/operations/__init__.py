"""The operations, noun by noun: they read what was sent, call the domain, and shape its answer."""
