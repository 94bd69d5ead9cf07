"""The papers of a case to be read and taken along."""
