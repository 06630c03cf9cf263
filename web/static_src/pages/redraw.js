// The page on which a draft of a village is redrawn.
import { ask } from "../ui/request.js";
/** @import { RedrawPlan } from "../wire.js" */

const main = /** @type {HTMLElement} */ (document.querySelector("#main"));

/** @type {RedrawPlan} */
const plan = await ask(`/api/plans/${main.dataset.plan}/redraw.json`);
main.dataset.version = String(plan.version);
