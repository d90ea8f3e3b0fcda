"""Parvis: the portal that a town runs, and everything that each of its pages needs."""
