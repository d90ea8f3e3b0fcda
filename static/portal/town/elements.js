/** The custom elements of the town's pages. */

import { ColourPreview } from "parvis/portal/town/colour_preview.js";

customElements.define("colour-preview", ColourPreview);
