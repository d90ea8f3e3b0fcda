"""The page that asks the rules: one case by form, its answer with reasons, the sets, and the check of an overlay."""
