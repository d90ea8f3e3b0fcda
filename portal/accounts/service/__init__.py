"""What other slices use of accounts. Use cases of the slice's own pages stand in the modules beside."""

from portal.accounts.service.identification import Identification
from portal.accounts.service.people import add_person, people_by_id

__all__ = ["Identification", "add_person", "people_by_id"]
