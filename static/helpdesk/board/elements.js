/** The custom elements of the help board's pages. */

import { AreaMap } from "parvis/helpdesk/board/area_map.js";
import { BoardMap } from "parvis/helpdesk/board/board_map.js";
import { HelpBoard } from "parvis/helpdesk/board/help_board.js";
import { PlacePicker } from "parvis/helpdesk/board/place_picker.js";
import { PostingDraft } from "parvis/helpdesk/board/posting_draft.js";
import { PostingPage } from "parvis/helpdesk/board/posting_page.js";
import { ShareLink } from "parvis/helpdesk/board/share_link.js";

customElements.define("area-map", AreaMap);
customElements.define("board-map", BoardMap);
customElements.define("help-board", HelpBoard);
customElements.define("place-picker", PlacePicker);
customElements.define("posting-draft", PostingDraft);
customElements.define("share-link", ShareLink);
customElements.define("posting-page", PostingPage);
