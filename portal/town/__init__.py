"""The town itself: name, colours and arms, districts, categories, addresses, and the grid that hides homes."""
