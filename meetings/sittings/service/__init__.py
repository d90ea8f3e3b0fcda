"""What other slices use of sittings. Use cases of the slice's own pages stand in the modules beside."""

from meetings.sittings.service.journal import note

__all__ = ["note"]
