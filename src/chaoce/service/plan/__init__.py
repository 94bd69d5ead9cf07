"""The policies in force, the year's decisions, assessments."""
