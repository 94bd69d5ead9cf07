"""The departments' pages: the queue, the case on one page, towns, experts, firms."""
