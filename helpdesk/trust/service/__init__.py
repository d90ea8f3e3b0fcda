"""Use cases of trust: blocking, the ladder of volunteers, the rules that both sides read."""
