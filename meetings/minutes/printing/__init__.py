"""Acts on paper, by one compiler in a wheel (typst)."""

from meetings.minutes.printing.prints import PRINTABLE, Print, Sheet, printed

__all__ = ["PRINTABLE", "Print", "Sheet", "printed"]
