"""The help board: help requests and help offers, where they are, who answers them. `docs/board.md` tells the whole."""
