// Pages whose tables sort.
import { sortable } from "../ui/sortable.js";

document.querySelectorAll("table.sortable").forEach(sortable);
