/** What notices add to every page of a signed-in person, and to the page of their choices. */

import { NoticeBell } from "parvis/portal/notices/notice_bell.js";
import { PushSwitch } from "parvis/portal/notices/push_switch.js";

customElements.define("notice-bell", NoticeBell);
customElements.define("push-switch", PushSwitch);
