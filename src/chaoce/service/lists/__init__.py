"""Official lists imported by departments."""
