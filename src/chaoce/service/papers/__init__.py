"""Papers as PDF and the case file as ZIP."""
