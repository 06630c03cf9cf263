// A grid as a drawing of its own: its outline, those beside it, the way past its houses and a mark for each. Nothing beneath it
// is loaded, so that it is there without signal. Moved with a finger, made larger with two, with the buttons or the wheel.
import { button } from "./parts.js";
import { say } from "./words.js";
import { element } from "../../ui/page.js";
/** @import { Area, LonLat, OwnGrid } from "../../wire.js" */
/** @import { ShownHousehold } from "./shown_list.js" */

/** @typedef {[x: number, y: number]} Point Metres to the east and south of the middle, or pixels of the drawing. */
/** @typedef {{ homes: ShownHousehold[], at: Point }} Group Houses whose marks would cover each other. */

/** What was shown of each grid, which stays when its drawing is made anew. @type {Map<string, { scale: number, x: number, y: number }>} */
const views = new Map();
const SVG = "http://www.w3.org/2000/svg";
const METRES_PER_DEGREE = 111_320;
const MARK = 30;
/** How much wider than high a mark of several is. */
const WIDE = 1.5;
const MARGIN = 28;
const STEP = 1.6;
const MOST = 16;

/** Returns how places become metres around the middle of some. @param {LonLat[]} places @returns {(place: LonLat) => Point} */
export function projection(places) {
  const [lon, lat] = [0, 1].map((axis) => {
    const values = places.map((place) => place[axis]);
    return (Math.min(...values) + Math.max(...values)) / 2;
  });
  const east = METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  return (place) => [(place[0] - lon) * east, (lat - place[1]) * METRES_PER_DEGREE];
}

/** Returns the rings of an area. @param {Area} area @returns {LonLat[][]} */
function ringsOf(area) {
  return /** @type {LonLat[][]} */ (area.type === "Polygon" ? area.coordinates : [].concat(.../** @type {never[]} */ (area.coordinates)));
}

/** @typedef {{ middle: Point, half: Point }} Reach How far points reach from the middle of them. */

/** @param {Point[]} points @returns {Reach} */
function reachOf(points) {
  const [x, y] = [0, 1].map((axis) => {
    const values = points.map((point) => point[axis]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return { middle: (low + high) / 2, half: Math.max(20, (high - low) / 2) };
  });
  return { middle: [x.middle, y.middle], half: [x.half, y.half] };
}

/** Returns marks so that none covers another: those that would are one. @param {{ home: ShownHousehold, at: Point }[]} marks @returns {Group[]} */
export function grouped(marks, apart = MARK) {
  /** @type {Group[]} */ const groups = [];
  for (const { home, at } of marks) {
    const near = groups.find((group) => Math.abs(group.at[0] - at[0]) < apart * WIDE && Math.abs(group.at[1] - at[1]) < apart);
    if (near) near.homes.push(home);
    else groups.push({ homes: [home], at });
  }
  return groups;
}

/** Returns the places of some houses in few letters: 3, 4–6, 2 +3. @param {ShownHousehold[]} homes */
export function placesOf(homes) {
  const places = homes.map(({ place }) => place).sort((one, other) => one - other);
  const [first, last] = [places[0], places[places.length - 1]];
  if (first === last) return String(first);
  return last - first === places.length - 1 ? `${first}–${last}` : `${first} +${places.length - 1}`;
}

/** Whether a point lies in rings. @param {Point} point @param {Point[][]} rings */
export function isIn([x, y], rings) {
  let inside = false;
  for (const ring of rings) {
    ring.forEach(([x1, y1], at) => {
      const [x2, y2] = ring[(at + 1) % ring.length];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    });
  }
  return inside;
}

/** Whether a number has room around a point. @param {Point} point @param {Point[][]} rings */
function isWide([x, y], rings) {
  return [[x, y], [x - 16, y], [x + 16, y], [x, y - 20], [x, y + 8]].every((point) => isIn(/** @type {Point} */ (point), rings));
}

/** @param {string} tag @param {Record<string, string | number>} attributes @param {...(Node | string)} children */
function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** @param {Point[][]} rings */
function pathOf(rings) {
  return rings.map((ring) => `M${ring.map((point) => point.map((value) => value.toFixed(1)).join(" ")).join("L")}Z`).join("");
}

/**
 * Returns the drawing of a grid with its buttons, or null where nothing of it has a place.
 * @param {OwnGrid} grid @param {ShownHousehold[]} homes In walking order.
 * @param {(homes: ShownHousehold[]) => void} choose Called with those whose mark is pressed. @param {number | null} chosen
 */
export function drawing(grid, homes, choose, chosen) {
  const placed = homes.filter((home) => home.position !== null);
  const outline = grid.outline ? ringsOf(grid.outline) : [];
  const places = [...placed.map((home) => /** @type {LonLat} */ (home.position)), ...outline.flat()];
  if (!places.length) return null;
  const project = projection(places);
  const own = outline.map((ring) => ring.map(project));
  const points = placed.map((home) => ({ home, at: project(/** @type {LonLat} */ (home.position)) }));
  const around = grid.neighbours.map(({ number, outline: area }) => ({ number, rings: ringsOf(area).map((ring) => ring.map(project)) }));
  const corners = own.flat();
  const whole = reachOf(corners.length ? corners : points.map(({ at }) => at));
  const houses = reachOf(points.length > 1 ? points.map(({ at }) => at) : corners);

  const shapes = svg("g", {},
    ...around.map(({ rings }) => svg("path", { class: "beside", d: pathOf(rings) })),
    svg("path", { class: "own-outline", d: pathOf(own) }),
    svg("polyline", { class: "way", points: points.map(({ at }) => at.map((value) => value.toFixed(1)).join(",")).join(" ") }));
  const numbers = svg("g", { class: "numbers", "aria-hidden": "true" });
  const marks = svg("g");
  const sheet = /** @type {SVGSVGElement} */ (svg("svg", { class: "drawing", role: "group", "aria-label": say("own.map") }, shapes, numbers, marks));
  const buttons = element("div", { class: "zoom" }, button("−", () => zoom(1 / STEP), { "aria-label": say("map.zoom_out") }), button("+", () => zoom(STEP), { "aria-label": say("map.zoom_in") }));

  let [width, height, least, most] = [0, 0, 1, 1];
  const key = `${grid.plan}/${grid.number}`;
  const seen = views.get(key);
  const view = seen ?? { scale: 1, x: 0, y: 0 };
  views.set(key, view);
  const toScreen = (/** @type {Point} */ [x, y]) => /** @type {Point} */ ([x * view.scale + view.x, y * view.scale + view.y]);

  function draw() {
    shapes.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
    numbers.textContent = "";
    for (const { number, rings } of around) {
      const spot = spotIn(rings);
      if (spot) numbers.append(svg("text", { x: spot[0], y: spot[1] }, String(number)));
    }
    marks.textContent = "";
    for (const group of grouped(points.map(({ home, at }) => ({ home, at: toScreen(at) })))) marks.append(markOf(group));
  }
  /** Where the number of a grid beside this one is seen. @param {Point[][]} rings @returns {Point | undefined} */
  function spotIn(rings) {
    const onScreen = rings.map((ring) => ring.map(toScreen));
    const [cell, spots] = [24, /** @type {Point[]} */ ([])];
    for (let x = cell; x < width - cell; x += cell) for (let y = cell; y < height - cell; y += cell) if (isWide([x, y], onScreen)) spots.push([x, y]);
    const middle = /** @type {Point} */ ([0, 1].map((axis) => spots.reduce((sum, spot) => sum + spot[axis], 0) / spots.length));
    const away = (/** @type {Point} */ spot) => Math.hypot(spot[0] - middle[0], spot[1] - middle[1]);
    return spots.sort((one, other) => away(one) - away(other))[0];
  }
  /** @param {Group} group */
  function markOf({ homes: inside, at: [x, y] }) {
    const isDone = inside.every((home) => home.section === "done");
    const text = `${placesOf(inside)}${isDone ? "✓" : ""}`;
    const wide = Math.max(MARK - 4, 10 * text.length + 10);
    const kind = inside.some((home) => home.section === "due") ? "due" : isDone ? "done" : "rest";
    const isChosen = inside.some((home) => home.id === chosen);
    const press = () => {
      chosen = inside[0].id;
      choose(inside);
      draw();
    };
    const mark = svg("g", { class: `house-mark ${kind}${isChosen ? " chosen" : ""}${inside.every((home) => home.is_exact) ? "" : " inexact"}`, transform: `translate(${x} ${y})`, role: "button", tabindex: 0, "aria-label": `${text} ${inside.map(({ mark: known }) => known).join(", ")}` },
      svg("rect", { x: -22, y: -22, width: 44, height: 44, class: "touch" }),
      svg("rect", { x: -wide / 2, y: -13, width: wide, height: 26, rx: 13 }),
      svg("text", { y: 5 }, text));
    mark.addEventListener("click", press);
    mark.addEventListener("keydown", (event) => [" ", "Enter"].includes(/** @type {KeyboardEvent} */ (event).key) && (event.preventDefault(), press()));
    return mark;
  }
  /** @param {number} by @param {Point} around_ What stays where it is. */
  function zoom(by, around_ = [width / 2, height / 2]) {
    const scale = Math.min(Math.max(view.scale * by, least), most);
    const real = scale / view.scale;
    [view.scale, view.x, view.y] = [scale, around_[0] + (view.x - around_[0]) * real, around_[1] + (view.y - around_[1]) * real];
    draw();
  }
  /** Shows all houses, or what was shown before. @param {boolean} isNew */
  function fit(isNew) {
    ({ width, height } = sheet.getBoundingClientRect());
    if (!width || !height) return;
    const scaleOf = (/** @type {Reach} */ { half }) => Math.min((width / 2 - MARGIN) / half[0], (height / 2 - MARGIN) / half[1]);
    const scale = scaleOf(houses);
    [least, most] = [Math.min(scaleOf(whole), scale) / STEP, scale * MOST];
    if (isNew) Object.assign(view, { scale, x: width / 2 - houses.middle[0] * scale, y: height / 2 - houses.middle[1] * scale });
    draw();
  }
  follow(sheet, view, draw, zoom);
  requestAnimationFrame(() => fit(seen === undefined));
  addEventListener("resize", () => sheet.isConnected && fit(true));
  return { sheet, buttons };
}

/** Moves with a finger and makes larger with two. @param {SVGSVGElement} sheet @param {{ x: number, y: number }} view @param {() => void} draw @param {(by: number, around: Point) => void} zoom */
function follow(sheet, view, draw, zoom) {
  /** @type {Map<number, Point>} */ const fingers = new Map();
  const spot = (/** @type {MouseEvent} */ { clientX, clientY }) => {
    const { left, top } = sheet.getBoundingClientRect();
    return /** @type {Point} */ ([clientX - left, clientY - top]);
  };
  sheet.addEventListener("pointerdown", (event) => fingers.set(event.pointerId, spot(event)));
  sheet.addEventListener("pointermove", (event) => {
    const was = fingers.get(event.pointerId);
    if (!was) return;
    const is = spot(event);
    const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    if (other) zoom(Math.hypot(is[0] - other[0], is[1] - other[1]) / Math.max(1, Math.hypot(was[0] - other[0], was[1] - other[1])), other);
    else if (Math.hypot(is[0] - was[0], is[1] - was[1]) < 3) return;
    else {
      view.x += is[0] - was[0];
      view.y += is[1] - was[1];
      draw();
    }
    fingers.set(event.pointerId, is);
  });
  for (const kind of ["pointerup", "pointercancel", "pointerleave"]) sheet.addEventListener(kind, (event) => fingers.delete(/** @type {PointerEvent} */ (event).pointerId));
  sheet.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? STEP : 1 / STEP, spot(event));
  });
}
