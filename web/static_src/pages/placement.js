// Place mode: choose a household or a hamlet, click where it is, and the next is offered.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { element } from "../ui/element.js";
import { drawLand, drawVillages, mark, openMap, sentenceOf, showAround } from "../maps/drawing_ground.js";
import { foldPanel } from "../maps/open_town.js";
import { ACCENT, INK, PAPER } from "../maps/palette.js";
import { LaidPicture } from "../maps/scan_overlay.js";
import { Placements } from "../ui/edit_queue.js";
import { say } from "../ui/words.js";

const MOST_SHOWN = 200;
const at = (id) => document.getElementById(id);
const place = at("map");
const village = Number(place.dataset.village);

start().catch((problem) => {
  console.error(problem);
  at("trouble").replaceChildren(element("p", { class: "notice bad" }, sentenceOf(problem)));
});

async function start() {
  const map = openMap(place);
  foldPanel(at("fold"), at("panel"), map);
  const [lists, ground] = await Promise.all([ask(`/api/place/${village}`), ask(`/api/ground/${village}`)]);
  let target = null; // the household or hamlet that the next click is for
  const placements = new Placements(village, lists, () => show());
  const marks = new Map();
  const anchors = L.layerGroup();

  showAround(map, ground.around);
  drawVillages(map, ground.villages, village);
  drawLand(map, ground.features, (centre) => clicked(centre));
  const dots = L.layerGroup().addTo(map);
  anchors.addTo(map);
  layPictures(map, lists.pictures);

  map.on("click", ({ latlng }) => clicked(latlng));
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === map.getContainer()) clicked(map.getCenter());
  });
  addEventListener("keydown", onKey);
  addEventListener("beforeunload", (event) => {
    if (placements.waiting || placements.failed.length) event.preventDefault();
  });
  at("which").addEventListener("change", showHomes);
  at("search").addEventListener("input", showHomes);
  choose(placements.next());

  function clicked(latlng) {
    const { lng, lat } = latlng.wrap();
    const spot = { lon: Number(lng.toFixed(7)), lat: Number(lat.toFixed(7)) };
    if (!target) return;
    if (target.code === undefined) {
      const hamlet = target;
      target = placements.homes.find((home) => home.hamlet === hamlet.name && !home.exact) ?? null;
      placements.anchor(hamlet, spot);
    } else {
      const home = target;
      target = null;
      placements.put(home, spot);
      target = placements.next(home);
    }
    show();
    lookAt(target);
  }

  function choose(chosen) {
    target = chosen;
    show();
    lookAt(chosen);
  }

  /** Moves the map only if what is known of the chosen one is out of sight. */
  function lookAt(chosen) {
    if (!chosen) return;
    const spot = chosen.code === undefined ? chosen.place : chosen.lon === null ? placements.hamlet(chosen.hamlet)?.place : chosen;
    if (spot && !map.getBounds().pad(-0.1).contains([spot.lat, spot.lon])) map.panTo([spot.lat, spot.lon]);
  }

  function undo() {
    const last = placements.undo();
    if (last) choose(last.home ?? last.hamlet);
  }

  function skip() {
    if (target?.code === undefined) return;
    placements.passed.add(target.id);
    choose(placements.next(target));
  }

  function onKey(event) {
    const typing = event.target.matches("input, select, textarea");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing) {
      event.preventDefault();
      undo();
    } else if (event.key === "/" && !typing) {
      event.preventDefault();
      foldOpen();
      at("search").focus();
    } else if (event.key === "Escape") choose(null);
    else if (event.key.toLowerCase() === "n" && !typing && !event.ctrlKey) skip();
  }

  function foldOpen() {
    if (at("fold").getAttribute("aria-expanded") === "false") at("fold").click();
  }

  // ---- what is shown

  function show() {
    at("progress").textContent = say("place.progress", { placed: figure(placements.placed), of: figure(placements.homes.length) });
    showOffer();
    showTrouble();
    showHamlets();
    showHomes();
    showMarks();
    place.classList.toggle("aiming", target !== null);
    place.setAttribute("aria-busy", String(placements.waiting > 0));
  }

  function showOffer() {
    const parts = target === null ? nothingChosen() : target.code === undefined ? hamletOffer() : homeOffer();
    const back = element("button", { type: "button", class: "button small", id: "undo", disabled: placements.done.length ? null : "", onclick: undo }, say("place.undo"));
    parts.at(-1).append(back);
    at("offer").replaceChildren(...parts);
  }

  function nothingChosen() {
    const left = placements.homes.some((home) => !home.exact);
    const next = element("button", { type: "button", class: "button small primary", onclick: () => choose(placements.next()) }, say("place.go_on"));
    return [
      element("p", { class: "offered" }, placements.homes.length === 0 ? say("place.nobody") : left ? say("place.choose") : say("place.full")),
      element("p", { class: "buttons" }, left ? next : null),
    ];
  }

  function hamletOffer() {
    return [
      element("p", {}, say("place.click_hamlet")),
      element("p", { class: "offered" }, hamletName(target.name)),
      element("p", { class: "buttons" }, button("place.cancel", () => choose(null))),
    ];
  }

  function homeOffer() {
    const home = target;
    const where = [home.hamlet && hamletName(home.hamlet), home.name && home.door, home.code].filter(Boolean).join(" · ");
    return [
      element("p", {}, say(home.exact ? "place.click_again" : "place.click_home")),
      element("p", { class: "offered" }, home.name ?? home.door ?? home.code, " ", element("span", { class: "quiet small" }, where)),
      element("p", { class: "buttons" }, home.exact ? button("place.back", () => { placements.put(home, null); choose(home); }) : button("place.skip", skip)),
    ];
  }

  function showTrouble() {
    const outside = placements.outside;
    at("trouble").replaceChildren(
      ...placements.failed.map((failure) => element(
        "div",
        { class: "notice bad" },
        element("p", {}, say("place.not_kept", { what: nameOf(failure.click.home ?? failure.click.hamlet), why: sentenceOf(failure.problem) })),
        element("p", { class: "buttons" }, button("place.again", () => placements.again(failure)), button("place.let_go", () => placements.letGo(failure))),
      )),
      ...(outside ? [element("p", { class: "notice due" }, say("place.outside", { what: nameOf(outside) }))] : []),
    );
  }

  function showHamlets() {
    at("hamlets").replaceChildren(...placements.hamlets.map((hamlet) => {
      const inside = placements.homes.filter((home) => home.hamlet === hamlet.name);
      const placed = inside.filter((home) => home.exact && !home.pending).length;
      return element(
        "li",
        { class: hamlet === target ? "chosen" : null },
        element("span", {}, hamletName(hamlet.name), " ", element("span", { class: "quiet small" }, say("place.of", { placed: figure(placed), of: figure(inside.length) }))),
        placed < inside.length || !inside.length ? button(hamlet.place ? "place.move_anchor" : "place.set_anchor", () => choose(hamlet)) : null,
      );
    }));
  }

  function showHomes() {
    const wanted = at("search").value.trim().toLowerCase();
    const which = at("which").value;
    const fits = (home) => (wanted || which === "all" || home.exact === (which === "placed"))
      && (!wanted || [home.name, home.door, home.code].some((text) => text?.toLowerCase().includes(wanted)));
    const found = placements.homes.filter(fits);
    const rows = found.slice(0, MOST_SHOWN).map((home) => element(
      "li",
      { class: home === target ? "chosen" : null },
      element("button", { type: "button", class: "item", onclick: () => choose(home) },
        element("span", {}, nameOf(home), " ", element("span", { class: "quiet small" }, [home.hamlet, home.name && home.door].filter(Boolean).join(" · "))),
        element("span", { class: "quiet small" }, home.exact ? say("place.is_placed") : "")),
    ));
    if (!found.length) rows.push(element("li", { class: "empty" }, say(wanted ? "place.none_found" : which === "unplaced" ? "place.full" : "place.none_yet")));
    if (found.length > MOST_SHOWN) rows.push(element("li", { class: "empty" }, say("place.more", { n: figure(found.length - MOST_SHOWN) })));
    at("homes").replaceChildren(...rows);
  }

  function showMarks() {
    for (const home of placements.homes) {
      const dot = marks.get(home.id);
      const shown = home.exact && home.lon !== null;
      if (!shown) {
        dot?.remove();
        marks.delete(home.id);
        continue;
      }
      const style = { radius: home === target ? 7 : 3, color: home === target ? ACCENT : INK, weight: home.pending ? 1.5 : home === target ? 3 : 0, fillColor: home.pending ? PAPER : INK, fillOpacity: 0.85 };
      if (dot) dot.setLatLng([home.lat, home.lon]).setStyle(style).setRadius(style.radius);
      else marks.set(home.id, newMark(home, style));
    }
    anchors.clearLayers();
    for (const hamlet of placements.hamlets) if (hamlet.place) anchors.addLayer(anchorMark(hamlet));
  }

  function newMark(home, style) {
    const dot = L.circleMarker([home.lat, home.lon], style);
    dot.on("click", (event) => {
      if (target) return; // the click is for the one that is offered: several may live on one spot
      L.DomEvent.stopPropagation(event);
      choose(home);
    });
    return dot.addTo(dots);
  }

  function anchorMark({ name, place: spot }) {
    const waiting = placements.homes.filter((home) => home.hamlet === name && !home.exact).length;
    return mark([spot.lat, spot.lon], waiting ? `${hamletName(name)} ${figure(waiting)}` : hamletName(name), "anchor-mark");
  }
}

function layPictures(map, pictures) {
  const slider = at("opacity");
  const range = slider.querySelector("input");
  const laid = new Map();
  const opacity = () => Number(range.value) / 100;
  for (const box of document.querySelectorAll("[data-picture]")) {
    const picture = pictures.find(({ id }) => id === Number(box.dataset.picture));
    const set = (on) => {
      if (on && !laid.has(picture)) laid.set(picture, new LaidPicture(picture.url, picture.corners, { opacity: opacity(), alt: picture.name }).addTo(map));
      else if (!on) {
        laid.get(picture)?.remove();
        laid.delete(picture);
      }
      slider.hidden = laid.size === 0;
    };
    box.addEventListener("change", () => {
      set(box.checked);
      if (box.checked) map.fitBounds(laid.get(picture).getBounds());
    });
    if (new URLSearchParams(location.search).get("picture") === box.dataset.picture && picture.corners) {
      box.checked = true;
      set(true);
      map.fitBounds(laid.get(picture).getBounds());
    }
  }
  range.addEventListener("input", () => laid.forEach((overlay) => overlay.setOpacity(opacity())));
}

const button = (code, onclick) => element("button", { type: "button", class: "button small", onclick }, say(code));
const nameOf = (thing) => (thing.code === undefined ? hamletName(thing.name) : thing.name ?? thing.door ?? thing.code);
const hamletName = (name) => name || say("place.no_hamlet");
const figure = (n) => n.toLocaleString(document.documentElement.lang);
