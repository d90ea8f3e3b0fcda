"""The record of a sitting. So far: checking an exported journal, without a portal and without a network."""
