"""Holding, reports, decisions and appeals; official answers: what keeps the board one that a town can stand for."""
