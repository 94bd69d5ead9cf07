"""The pages of official lists: handed in, matched with firms, taken over, corrected, dropped; and support received."""
