"""What only the demonstration has."""
