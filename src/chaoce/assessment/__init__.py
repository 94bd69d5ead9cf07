"""Assessment (测算): benefits × facts → amounts, with the best lawful claim, every refusal and every open reading."""
