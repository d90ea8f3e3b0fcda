/**
 * Entry of every page: what all pages can do, then the modules that this page names.
 *
 * A page names them in its template (`{% block modules %}helpdesk/board{% endblock %}`); each is a folder whose
 * `elements.js` registers custom elements. So a feature adds itself, and a page fetches only what it uses.
 */

import { keepForms } from "parvis/core/kept_forms.js";
import { enhancePage } from "parvis/core/page.js";

// First, because a form that is held is not under way.
keepForms(document);
enhancePage(document);

const names = (document.body.dataset.modules ?? "").split(/\s+/).filter(Boolean);
await Promise.all(names.map((name) => import(`parvis/${name}/elements.js`)));
document.documentElement.dataset.ready = "";
