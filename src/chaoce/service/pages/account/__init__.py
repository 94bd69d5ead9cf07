"""The pages of sign-in, of one's own account, and of who belongs to a firm or to the city."""
