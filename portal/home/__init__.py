"""The first screen: by role, what this person does next."""
