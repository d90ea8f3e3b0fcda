/** The custom elements of the help board's pages. */

import { HelpBoard } from "parvis/helpdesk/board/help_board.js";
import { PostingDraft } from "parvis/helpdesk/board/posting_draft.js";
import { PostingPage } from "parvis/helpdesk/board/posting_page.js";
import { ShareLink } from "parvis/helpdesk/board/share_link.js";

customElements.define("help-board", HelpBoard);
customElements.define("posting-draft", PostingDraft);
customElements.define("share-link", ShareLink);
customElements.define("posting-page", PostingPage);

// What draws needs Leaflet. Should that not come, the list lives on, and addresses are found as without script.
await Promise.all(
  [
    import("parvis/helpdesk/board/area_map.js").then(({ AreaMap }) => customElements.define("area-map", AreaMap)),
    import("parvis/helpdesk/board/board_map.js").then(({ BoardMap }) => customElements.define("board-map", BoardMap)),
    import("parvis/helpdesk/board/place_picker.js").then((picker) =>
      customElements.define("place-picker", picker.PlacePicker),
    ),
  ].map((defined) => defined.catch(reportError)),
);
