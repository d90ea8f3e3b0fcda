"""What other slices use of accounts. Use cases of the slice's own pages stand in the modules beside."""

from portal.accounts.service.agreements import agree, agreed_version, agreed_versions, define_agreement
from portal.accounts.service.demo import DEMO_PEOPLE, DemoPerson, demo_people
from portal.accounts.service.hiding import hides, require_unsuspended, stays_suspended, unsuspended
from portal.accounts.service.identification import Identification
from portal.accounts.service.own_data import erases, exports, warns_before_erasure
from portal.accounts.service.passwords import Passwords, demo_password, town_hasher
from portal.accounts.service.people import PublicName, add_person, names_by_id, people_by_id, person_by_email
from portal.accounts.service.role_words import role_word

__all__ = [
    "DEMO_PEOPLE",
    "DemoPerson",
    "Identification",
    "Passwords",
    "PublicName",
    "add_person",
    "agree",
    "agreed_version",
    "agreed_versions",
    "define_agreement",
    "demo_password",
    "demo_people",
    "erases",
    "exports",
    "hides",
    "names_by_id",
    "people_by_id",
    "person_by_email",
    "require_unsuspended",
    "role_word",
    "stays_suspended",
    "town_hasher",
    "unsuspended",
    "warns_before_erasure",
]
