"""Being told: what happened that concerns a person, on their page, by mail and by web push; each with an off switch."""
