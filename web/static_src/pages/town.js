// The live page: the same map as the single file, beside numbers the server has written.
import * as L from "leaflet";
import { element } from "../element.js";
import { foldPanel, openTown } from "../open.js";
import { sortable } from "../table.js";

const place = document.getElementById("map");
document.querySelectorAll("table.sortable").forEach(sortable);
start().catch((problem) => {
  console.error(problem);
  place.replaceChildren(element("p", { class: "empty", role: "alert" }, place.dataset.failed));
});

async function start() {
  const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
  foldPanel(document.querySelector(".fold"), document.getElementById("panel"), map);
  const answer = await fetch(place.dataset.source);
  if (!answer.ok) throw new Error(`${answer.status} ${place.dataset.source}`);
  linkVillages(openTown(map, await answer.json(), document.getElementById("search")));
}

/** Buttons that name a village show it, and the table follows whichever village the map shows. */
function linkVillages({ map, data, showVillage }) {
  const index = new Map(data.villages.features.map(({ properties }, i) => [properties.name, i]));
  for (const button of document.querySelectorAll("button[data-village]")) {
    button.addEventListener("click", () => showVillage(index.get(button.dataset.village)));
  }
  map.on("gridplan:village", (shown) => {
    const { name } = data.villages.features[shown.index].properties;
    for (const row of document.querySelectorAll("table.sortable tbody tr")) {
      row.classList.toggle("shown", row.querySelector("button").dataset.village === name);
    }
  });
}
