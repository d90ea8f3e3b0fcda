"""What lets neighbours trust each other, and keep away from each other: the slice beneath the board."""
