// Place mode: choose a household or a hamlet, click where it is, and the next is offered.
import * as L from "leaflet";
import { RequestRefused, ask } from "../ui/request.js";
import { allOf, byId, element, firstOf, isTyping, say, wordsOf } from "../ui/page.js";
import { addCorner, row } from "../maps/legend.js";
import { addPrinting, titleOfPage } from "../maps/print.js";
import { drawBackground, isNear, mark, openMap, sentenceOf } from "../maps/ground/map_background.js";
import { imageryOfPage, imagerySwitch } from "../maps/ground/imagery.js";
import { foldPanel } from "../maps/open_town.js";
import { colours, onColours } from "../maps/drawing/marks.js";
import { Placements } from "../maps/ground/placements.js";
import { ScanOverlay } from "../maps/ground/scan_overlay.js";
import * as swatches from "../maps/drawing/swatches.js";
/** @import { Hamlet, Home, Server } from "../maps/ground/placements.js" */
/** @import { PlacementLists, Position } from "../wire.js" */
/** @import { EditQueue, Failure } from "../ui/edit_queue.js" */

const MOST_SHOWN = 200;
const place = byId("map");
const village = Number(place.dataset.village);
const url = `/api/place/${village}`;
/** @type {Server} */
const server = {
  lists: () => ask(url),
  placeHome: ({ id, version }, spot, confirmed) => ask(`${url}/households/${id}`, { method: "POST", body: { version, place: spot, confirmed } }),
  setAnchor: ({ name }, spot, was, confirmed) => ask(`${url}/anchors`, { method: "POST", body: { hamlet: name, place: spot, was, confirmed } }),
};

start().catch((problem) => {
  console.error(problem);
  byId("trouble").replaceChildren(element("p", { class: "notice bad" }, sentenceOf(problem)));
});

async function start() {
  const map = openMap(place);
  addPrinting(map, { words: wordsOf("map."), title: titleOfPage, note: () => say("map.planner_copy"), extent: () => map.getBounds() });
  addKey(map);
  foldPanel(byId("fold"), byId("panel"), map);
  /** @type {Home | Hamlet | null} What the next click is for. */
  let target = null;
  let isTooFar = false;
  const [lists, { background }] = await Promise.all([server.lists(), drawBackground(map, village, (centre) => clicked(centre))]);
  const { basemap, tiles } = JSON.parse(place.dataset.baseLayers ?? "{}");
  const isBlank = !background.around && !basemap && !tiles && !imageryOfPage().length && !lists.pictures.length;
  const placements = new Placements(lists, server, () => show());
  const { edits } = placements;
  /** @type {Map<number, L.CircleMarker>} */ const marks = new Map();
  const anchors = L.layerGroup();

  const dots = L.layerGroup().addTo(map);
  anchors.addTo(map);
  layPictures(map, lists.pictures);
  layImagery(map);

  map.on("click", ({ latlng }) => clicked(latlng));
  map.on("zoomend", () => {
    if (!isTooFar || !isNear(map)) return;
    isTooFar = false;
    showTrouble();
  });
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === map.getContainer()) clicked(map.getCenter());
  });
  addEventListener("keydown", onKey);
  addEventListener("beforeunload", (event) => {
    if (edits.waiting || edits.failures.length) event.preventDefault();
  });
  byId("which").addEventListener("change", showHomes);
  byId("search").addEventListener("input", showHomes);
  choose(placements.following());

  /** @param {L.LatLng} latlng */
  function clicked(latlng) {
    const { lng, lat } = latlng.wrap();
    const spot = { lon: Number(lng.toFixed(7)), lat: Number(lat.toFixed(7)) };
    const clickedFor = target;
    if (!clickedFor) return;
    isTooFar = !isNear(map);
    if (isTooFar) return showTrouble();
    target = null;
    if (isHome(clickedFor)) {
      placements.put(clickedFor, spot);
      choose(placements.next(clickedFor));
    } else {
      placements.anchor(clickedFor, spot);
      choose(placements.following(clickedFor));
    }
  }

  /** @param {Home | Hamlet | null} chosen */
  function choose(chosen) {
    target = chosen;
    show();
    const spot = chosen && spotOf(chosen);
    // The map moves only if what is known of the chosen one is out of sight.
    if (spot && !map.getBounds().pad(-0.1).contains([spot.lat, spot.lon])) map.panTo([spot.lat, spot.lon]);
  }

  /** @param {Home | Hamlet} thing */
  function spotOf(thing) {
    if (!isHome(thing)) return thing.place;
    const { lon, lat } = thing;
    return lon === null || lat === null ? placements.hamlet(thing.hamlet)?.place : { lon, lat };
  }

  function undo() {
    const subject = edits.undo();
    if (subject) choose(/** @type {Home | Hamlet} */ (subject));
  }

  function skip() {
    if (!target) return;
    placements.skip(target);
    choose(isHome(target) ? placements.next(target) : placements.following(target));
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const typing = isTyping(event);
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing) {
      event.preventDefault();
      undo();
    } else if (event.key === "/" && !typing) {
      event.preventDefault();
      foldOpen();
      byId("search").focus();
    } else if (event.key === "Escape") choose(null);
    else if (event.key.toLowerCase() === "n" && !typing && !event.ctrlKey) skip();
  }

  function foldOpen() {
    if (byId("fold").getAttribute("aria-expanded") === "false") byId("fold").click();
  }

  // ---- what is shown

  function show() {
    const waiting = placements.waitingHamlets.length;
    const hamlets = { placed: figure(placements.hamlets.length - waiting), of: figure(placements.hamlets.length) };
    const houses = { placed: figure(placements.placed), of: figure(placements.homes.length) };
    byId("progress").textContent = waiting && !(target && isHome(target)) ? say("placement.progress_hamlets", hamlets) : say("placement.progress_houses", houses);
    showOffer();
    showTrouble();
    showHamlets();
    showHomes();
    showMarks();
    place.classList.toggle("aiming", target !== null);
    place.setAttribute("aria-busy", String(edits.waiting > 0));
  }

  function showOffer() {
    const [sentences, next] = target === null ? nothingChosen() : isHome(target) ? homeOffer(target) : hamletOffer(target);
    const back = element("button", { type: "button", class: "button small", id: "undo", disabled: edits.canUndo ? null : "", onclick: undo }, say("placement.undo"));
    byId("offer").replaceChildren(...sentences, element("p", { class: "buttons" }, next, back));
  }

  /** @typedef {[sentences: HTMLElement[], button: HTMLElement | null]} Offer */

  /** @returns {Offer} */
  function nothingChosen() {
    const left = placements.homes.some((home) => !home.exact);
    const next = element("button", { type: "button", class: "button small primary", onclick: () => choose(placements.following()) }, say("placement.next"));
    const sentence = placements.homes.length === 0 ? say("placement.no_households") : left ? say("placement.choose") : say("placement.full");
    return [[element("p", { class: "offered" }, sentence)], left ? next : null];
  }

  /** @param {Hamlet} hamlet @returns {Offer} */
  function hamletOffer(hamlet) {
    const sentences = [element("p", {}, say("placement.click_hamlet")), element("p", { class: "offered" }, hamletName(hamlet.name))];
    return [sentences, button("placement.skip", skip)];
  }

  /** @param {Home} home @returns {Offer} */
  function homeOffer(home) {
    const where = [home.hamlet && hamletName(home.hamlet), home.name && home.door, home.code].filter(Boolean).join(" · ");
    const sentences = [
      element("p", {}, say(home.exact ? "placement.click_again" : "placement.click_home")),
      element("p", { class: "offered" }, nameOf(home), " ", element("span", { class: "quiet small" }, where)),
    ];
    const putBack = () => {
      placements.put(home, null);
      choose(home);
    };
    return [sentences, home.exact ? button("placement.back", putBack) : button("placement.skip", skip)];
  }

  function showTrouble() {
    const outside = placements.outside;
    byId("trouble").replaceChildren(
      ...edits.failures.map((failure) => element(
        "div",
        { class: "notice bad" },
        element("p", {}, say("placement.not_kept", { what: nameOf(/** @type {Home | Hamlet} */ (failure.edit.subject)), why: sentenceOf(failure.problem) })),
        element("p", { class: "buttons" }, againButton(edits, failure), button("placement.discard", () => edits.drop(failure))),
      )),
      ...(outside ? [element("p", { class: "notice due" }, say("placement.outside", { what: nameOf(outside) }))] : []),
      ...(isTooFar ? [element("p", { class: "notice bad", role: "alert" }, say("placement.too_far"))] : []),
      ...(isBlank ? [element("p", { class: "notice due" }, say("placement.blank"))] : []),
    );
  }

  function showHamlets() {
    byId("hamlets").replaceChildren(...placements.hamlets.map((hamlet) => {
      const inside = placements.homes.filter((home) => home.hamlet === hamlet.name);
      const placed = inside.filter((home) => home.exact && !home.pending).length;
      return element(
        "li",
        { class: hamlet === target ? "chosen" : null },
        element("span", {}, hamletName(hamlet.name), " ", element("span", { class: "quiet small" }, say("placement.of", { placed: figure(placed), of: figure(inside.length) }))),
        placed < inside.length || !inside.length ? button(hamlet.place ? "placement.move_anchor" : "placement.set_anchor", () => choose(hamlet)) : null,
      );
    }));
  }

  function showHomes() {
    const wanted = byId("search", "input").value.trim().toLowerCase();
    const which = byId("which", "select").value;
    const isWanted = (/** @type {Home} */ home) => (wanted || which === "all" || home.exact === (which === "placed"))
      && (!wanted || [home.name, home.door, home.code].some((text) => text?.toLowerCase().includes(wanted)));
    const found = placements.homes.filter(isWanted);
    const rows = found.slice(0, MOST_SHOWN).map((home) => element(
      "li",
      { class: home === target ? "chosen" : null },
      element("button", { type: "button", class: "item", onclick: () => choose(home) },
        element("span", {}, nameOf(home), " ", element("span", { class: "quiet small" }, [home.hamlet, home.name && home.door].filter(Boolean).join(" · "))),
        element("span", { class: "quiet small" }, home.exact ? say("placement.is_placed") : "")),
    ));
    if (!found.length) rows.push(element("li", { class: "empty" }, say(wanted ? "placement.none_found" : which === "unplaced" ? "placement.full" : "placement.none_yet")));
    if (found.length > MOST_SHOWN) rows.push(element("li", { class: "empty" }, say("placement.more", { n: figure(found.length - MOST_SHOWN) })));
    byId("homes").replaceChildren(...rows);
  }

  function showMarks() {
    const { accent, ink, paper } = colours();
    for (const home of placements.homes) {
      const dot = marks.get(home.id);
      const { lon, lat } = home;
      if (!home.exact || lon === null || lat === null) {
        dot?.remove();
        marks.delete(home.id);
        continue;
      }
      const style = { radius: home === target ? 7 : 3, color: home === target ? accent : ink, weight: home.pending ? 1.5 : home === target ? 3 : 0, fillColor: home.pending ? paper : ink, fillOpacity: 1 };
      if (dot) dot.setLatLng([lat, lon]).setStyle(style).setRadius(style.radius);
      else marks.set(home.id, newMark(home, L.circleMarker([lat, lon], style)));
    }
    anchors.clearLayers();
    for (const { name, place: spot } of placements.hamlets) if (spot) anchors.addLayer(anchorMark(name, spot));
  }

  /** @param {Home} home @param {L.CircleMarker} dot */
  function newMark(home, dot) {
    dot.on("click", (event) => {
      if (target) return; // the click is for the one that is offered: several may live on one spot
      L.DomEvent.stopPropagation(event);
      choose(home);
    });
    return dot.addTo(dots);
  }

  /** @param {string} name @param {Position} spot */
  function anchorMark(name, spot) {
    const waiting = placements.homes.filter((home) => home.hamlet === name && !home.exact).length;
    return mark([spot.lat, spot.lon], waiting ? `${hamletName(name)} ${figure(waiting)}` : hamletName(name), "anchor-mark");
  }
}

/** @param {L.Map} map */
function addKey(map) {
  const key = element("div", { class: "legend key" });
  const explain = () => key.replaceChildren(row(swatches.dot(3, colours().ink), say("map.household_dot")), row(element("span", { class: "mark anchor-key" }), say("placement.hamlet_mark")));
  onColours(explain);
  explain();
  addCorner(map, "bottomright", key);
}

/** @param {L.Map} map @param {PlacementLists["pictures"]} pictures */
function layPictures(map, pictures) {
  const slider = byId("opacity");
  const range = firstOf("input", "", slider);
  /** @type {Set<ScanOverlay>} */ const laid = new Set();
  const opacity = () => Number(range.value) / 100;
  for (const { id, url: source, name, corners } of pictures) {
    const [box] = allOf("input", `[data-picture="${id}"]`);
    if (!box || !corners) continue;
    const overlay = new ScanOverlay(source, corners, { alt: name });
    const show = () => {
      if (box.checked) {
        laid.add(overlay.setOpacity(opacity()).addTo(map));
        map.fitBounds(overlay.getBounds());
      } else laid.delete(overlay.remove());
      slider.hidden = laid.size === 0;
    };
    box.addEventListener("change", show);
    if (new URLSearchParams(location.search).get("picture") === box.dataset.picture) {
      box.checked = true;
      show();
    }
  }
  range.addEventListener("input", () => laid.forEach((overlay) => overlay.setOpacity(opacity())));
}

/** @param {L.Map} map */
function layImagery(map) {
  for (const imagery of imageryOfPage()) {
    const listed = document.querySelector(`[data-layer="${imagery.id}"]`);
    const [west, south, east, north] = imagery.around;
    const layer = imagerySwitch(map, imagery, { imagery_opacity: say("imagery.opacity") }, (tiles) => tiles.on("add", () => {
      if (!map.getBounds().intersects([[south, west], [north, east]])) map.fitBounds([[south, west], [north, east]]);
    }));
    listed?.prepend(layer);
    if (new URLSearchParams(location.search).get("imagery") === String(imagery.id)) firstOf("input", "", layer).click();
  }
}

/** Returns the button that sends an edit again; where the server only asks whether it is so, it says that it is. @param {EditQueue} edits @param {Failure} failure */
function againButton(edits, failure) {
  const key = failure.problem instanceof RequestRefused ? failure.problem.content?.key : undefined;
  if (!key) return button("placement.again", () => edits.retry(failure));
  return button("placement.keep", () => {
    failure.edit.confirm?.(key);
    edits.retry(failure);
  });
}

/** @param {string} code @param {() => void} onclick */
const button = (code, onclick) => element("button", { type: "button", class: "button small", onclick }, say(code));
/** @param {Home | Hamlet} thing @returns {thing is Home} */
const isHome = (thing) => "code" in thing;
const nameOf = (/** @type {Home | Hamlet} */ thing) => (isHome(thing) ? (thing.name ?? thing.door ?? thing.code) : hamletName(thing.name));
const hamletName = (/** @type {string} */ name) => name || say("placement.no_hamlet");
const figure = (/** @type {number} */ n) => n.toLocaleString(document.documentElement.lang);
