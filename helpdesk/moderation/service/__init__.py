"""Use cases of moderation: holding, reporting, deciding, appeals, official answers."""
