"""Where the town writes on the portal's own pages; the board and matching name further places."""

from __future__ import annotations

from portal.i18n import lazy
from portal.town.model import TextPlace, define_text

WELCOME = define_text(
    TextPlace(
        "home.welcome",
        lazy("Welcome on the home page"),
        300,
        instead=lazy("Neighbours help each other, the town's services answer, and everybody can join from a browser."),
    )
)
EMERGENCY = define_text(
    TextPlace(
        "town.emergency",
        lazy("Emergency line"),
        300,
        hint=lazy("Stands on the help board and in its forms: nobody in danger should wait for a neighbour."),
        instead=lazy("In danger, call 112, or 15 for the doctor; 114 by text message. Nobody here replaces them."),
    )
)
LEGAL_NOTICE = define_text(
    TextPlace(
        "town.legal_notice",
        lazy("Legal notice"),
        4000,
        hint=lazy(
            "Who publishes the portal, the director of the publication, who hosts it with address and telephone "
            "(law of 21 June 2004, article 1-1), and how the data protection officer is reached."
        ),
    )
)
