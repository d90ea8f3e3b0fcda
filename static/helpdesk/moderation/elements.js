/** The custom elements of moderation's pages. */

import { ModerationQueue } from "parvis/helpdesk/moderation/moderation_queue.js";

customElements.define("moderation-queue", ModerationQueue);
