/** What the pages of accounts can do once scripts run. */

import { PasswordMeter } from "parvis/portal/accounts/password_meter.js";

customElements.define("password-meter", PasswordMeter);
