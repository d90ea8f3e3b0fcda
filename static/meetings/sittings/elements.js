/** What the pages of sittings do once scripts run. */

import { SittingScreen } from "parvis/meetings/sittings/sitting_screen.js";
import { SittingPage } from "parvis/meetings/sittings/sitting_page.js";
import { SummonsOpened } from "parvis/meetings/sittings/summons_opened.js";

customElements.define("sitting-page", SittingPage);
customElements.define("sitting-screen", SittingScreen);
customElements.define("summons-opened", SummonsOpened);
