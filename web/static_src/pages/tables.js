// Pages whose tables sort.
import { sortable } from "../table.js";

document.querySelectorAll("table.sortable").forEach(sortable);
