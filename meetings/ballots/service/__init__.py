"""Use cases of ballots: each carries out one act in a sitting that is held, and notes it in the journal."""
