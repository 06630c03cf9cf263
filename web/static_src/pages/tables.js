// Pages whose tables sort.
import { allOf } from "../ui/page.js";
import { sortable } from "../ui/sortable.js";

allOf("table", ".sortable").forEach(sortable);
