"""Programs: the tokens with which they act for a person here, and the reference of what they can do."""
