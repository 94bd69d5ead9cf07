"""Tags of papers, timelines and waiting times."""
