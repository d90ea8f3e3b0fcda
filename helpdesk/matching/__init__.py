"""Who helps whom: answers and what becomes of them, waves of asking volunteers, messages, thanks."""
