/** The custom elements of the pages on which people find each other. */

import { HelpAsked } from "parvis/helpdesk/matching/help_asked.js";
import { HelpConversation } from "parvis/helpdesk/matching/help_conversation.js";

customElements.define("help-asked", HelpAsked);
customElements.define("help-conversation", HelpConversation);
