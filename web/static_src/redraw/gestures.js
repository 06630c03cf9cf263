// What the mouse, a finger or a pen does on the map of a draft: choosing by tools, and dragging chosen households onto a grid.
import * as L from "leaflet";
import { dropOn } from "./drag.js";
import { inLasso, inRectangle, underBrush } from "./tools.js";
import { element, say } from "../ui/page.js";
/** @import { Painting, Hand } from "./paint.js" */
/** @import { Redraw } from "./state.js" */
/** @import { Point, Spot } from "./tools.js" */

/** @typedef {"click" | "rectangle" | "lasso" | "brush"} Tool */
/** @typedef {{ map: L.Map, redraw: Redraw, painting: Painting, hand: Hand, spots: () => Spot[], tip: Tip, drop: (ids: number[], to: number | "new" | null) => void, clicked: (spot: Spot | null, at: L.Point, click: Click) => void }} Ground */
/** @typedef {{ shiftKey: boolean, altKey: boolean, ctrlKey: boolean, metaKey: boolean, isTouch: boolean, isDouble: boolean }} Click */
/** @typedef {{ to: number | "new" | null } | null} Aim Where households would be put down; null: nowhere. */
/** @typedef {{ move: (at: L.Point) => void, end: (at: L.Point) => void, cancel: () => void }} Gesture Of a pointer that is down. */

const BEGINS_PX = 4;
const DOUBLE_MS = 350;
const TOLERANCE = { mouse: 3, pen: 6, touch: 14 };
const EDGE_PX = 28;
const EDGE_STEP_PX = 40;
const EDGE_EVERY_MS = 120;
const STATES = { new: "redraw.is_new", moved: "redraw.is_moved", gone: "redraw.is_gone" };
/** How many of the grids that households are from are told of, so that the tip stays beside the pointer. */
const MOST_LEFT = 3;
const BRUSHES = [12, 20, 32, 50, 80];

/** Lines of text beside the pointer. */
export class Tip {
  /** @param {HTMLElement} place Of the map. */
  constructor(place) {
    this.place = place;
    this.box = element("div", { class: "redraw-tip", hidden: "" });
    place.append(this.box);
  }

  /** @param {L.Point} at @param {(string | HTMLElement)[]} lines */
  show({ x, y }, lines) {
    this.box.hidden = lines.length === 0;
    this.box.replaceChildren(...lines.map((line) => (typeof line === "string" ? element("p", {}, line) : line)));
    const { clientWidth: width, clientHeight: height } = this.place;
    const [right, down] = [x + 18 + this.box.offsetWidth > width ? x - 14 - this.box.offsetWidth : x + 18, Math.min(y + 18, height - this.box.offsetHeight - 4)];
    this.box.style.transform = `translate(${Math.max(2, right)}px, ${Math.max(2, down)}px)`;
  }

  hide() {
    this.box.hidden = true;
  }
}

/** Where dragged households may be put down that are to be in no grid that there is. */
export class DropSpots {
  /** @param {HTMLElement} place Of the map. */
  constructor(place) {
    const spot = (/** @type {string} */ to, /** @type {string} */ text) => element("div", { "data-to": to }, text);
    this.spots = [spot("new", say("redraw.map.new_grid")), spot("none", say("redraw.map.no_grid"))];
    this.box = element("div", { class: "drop-spots", hidden: "", "aria-hidden": "true" }, ...this.spots);
    place.append(this.box);
  }

  /** @param {boolean} isShown */
  show(isShown) {
    this.box.hidden = !isShown;
  }

  /** Returns what the mouse is at. @param {MouseEvent} event @returns {Aim} */
  at({ clientX: x, clientY: y }) {
    const found = this.spots.find((spot) => {
      const { left, right, top, bottom } = spot.getBoundingClientRect();
      return left <= x && x <= right && top <= y && y <= bottom;
    });
    for (const spot of this.spots) spot.classList.toggle("target", spot === found);
    return found ? { to: found.dataset.to === "new" ? "new" : null } : null;
  }
}

export class Gestures {
  /** @type {Tool} */ tool = "click";
  #brush = 2;
  /** @type {Gesture | null} */ #gesture = null;
  /** @type {{ at: L.Point, event: PointerEvent, begin: (() => Gesture) | null } | null} A pointer that is down and has not moved. */ #pressed = null;
  /** @type {{ at: L.Point, time: number } | null} The latest click. */ #clicked = null;
  #isPanning = false;
  #isOver = false;
  /** @type {Set<number>} Pointers that are down. */ #down = new Set();

  /** Called when another tool is taken. */
  changed = () => {};

  /** @param {Ground} ground */
  constructor(ground) {
    this.ground = ground;
    const place = ground.map.getContainer();
    this.drops = new DropSpots(place);
    this.#takeFromLists(place);
    place.addEventListener("pointerdown", (event) => this.#onDown(event), { capture: true });
    addEventListener("pointermove", (event) => this.#onMove(event));
    addEventListener("pointerup", (event) => this.#onUp(event));
    addEventListener("pointercancel", (event) => this.#onCancel(event));
    place.addEventListener("pointerleave", () => this.#leave());
    addEventListener("keydown", (event) => this.#onKey(event));
    addEventListener("keyup", ({ key }) => key === " " && this.#pan(false));
    addEventListener("blur", () => this.#pan(false));
  }

  get radius() {
    return BRUSHES[this.#brush];
  }

  /** @param {Tool} tool */
  take(tool) {
    this.tool = tool;
    this.ground.hand.tool = null;
    this.ground.painting.drawHand();
    this.changed();
  }

  /** @param {1 | -1} step */
  resizeBrush(step) {
    this.#brush = Math.max(0, Math.min(BRUSHES.length - 1, this.#brush + step));
    const { tool } = this.ground.hand;
    if (tool?.kind === "brush") tool.radius = this.radius;
    this.ground.painting.drawHand();
  }

  /** Leaves what is under way. Returns whether anything was. */
  cancel() {
    const gesture = this.#gesture;
    this.#finish();
    gesture?.cancel();
    return gesture !== null;
  }

  // ---- the pointer

  /** @param {PointerEvent} event */
  #pointOf(event) {
    return this.ground.map.mouseEventToContainerPoint(event);
  }

  /** Returns a point of the map on the plane. @param {L.Point} at @returns {Point} */
  onPlane(at) {
    const { lat, lng } = this.ground.map.containerPointToLatLng(at);
    return this.ground.painting.outlines.plane.at(lng, lat);
  }

  /** @param {PointerEvent} event */
  spotAt(event) {
    const tolerance = TOLERANCE[/** @type {keyof typeof TOLERANCE} */ (event.pointerType)] ?? TOLERANCE.mouse;
    return this.ground.painting.spotAt(this.onPlane(this.#pointOf(event)), tolerance);
  }

  /** @param {Event} event */
  #isOnMap({ target }) {
    return target instanceof Element && target.closest(".leaflet-control, .legend, .leaflet-popup, .print-menu, .redraw-tip") === null;
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (!this.#isOnMap(event)) return;
    this.#down.add(event.pointerId);
    if (this.#down.size > 1) return void this.cancel(); // two fingers zoom
    if (event.button !== 0 || this.#isPanning) return;
    const begin = this.#gestureFor(event);
    this.#pressed = { at: this.#pointOf(event), event, begin };
    if (begin) this.ground.map.dragging.disable();
  }

  /** Returns what begins where a pointer goes down, if it moves; null: the map is moved. @param {PointerEvent} event @returns {(() => Gesture) | null} */
  #gestureFor(event) {
    const { redraw } = this.ground;
    const at = this.#pointOf(event);
    const spot = this.spotAt(event);
    const isPlain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (spot && isPlain && spot.ids.some((id) => redraw.selection.has(id))) return () => this.#drag(at, [...redraw.selection]);
    if (this.tool === "click") {
      if (spot && isPlain && event.pointerType === "mouse") {
        return () => {
          redraw.select(spot.ids, "replace");
          return this.#drag(at, spot.ids);
        };
      }
      return event.shiftKey ? () => this.#choose("rectangle", at, event) : null;
    }
    const { tool } = this;
    return () => this.#choose(tool, at, event);
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const at = this.#pointOf(event);
    if (this.#gesture) {
      this.#latest = event;
      return this.#gesture.move(at);
    }
    if (this.#pressed) {
      if (!this.#pressed.begin || this.#pressed.event.pointerId !== event.pointerId || at.distanceTo(this.#pressed.at) < BEGINS_PX) return;
      this.#latest = event;
      this.ground.tip.hide();
      this.#gesture = this.#pressed.begin();
      this.ground.map.getContainer().setPointerCapture(event.pointerId);
      return this.#gesture.move(at);
    }
    if (event.pointerType === "mouse" && !event.buttons) this.#hover(event, at);
  }

  /** @type {MouseEvent | null} */ #latest = null;

  /** @param {PointerEvent} event */
  #onUp(event) {
    this.#down.delete(event.pointerId);
    const [gesture, pressed] = [this.#gesture, this.#pressed];
    if (!pressed || pressed.event.pointerId !== event.pointerId) return;
    this.#finish();
    const at = this.#pointOf(event);
    if (gesture) gesture.end(at);
    else if (at.distanceTo(pressed.at) < 2 * BEGINS_PX) this.#click(at, pressed.event);
  }

  /** @param {L.Point} at @param {PointerEvent} event */
  #click(at, event) {
    const { shiftKey, altKey, ctrlKey, metaKey, timeStamp, pointerType } = event;
    const isDouble = this.#clicked !== null && timeStamp - this.#clicked.time < DOUBLE_MS && at.distanceTo(this.#clicked.at) < 2 * BEGINS_PX;
    this.#clicked = isDouble ? null : { at, time: timeStamp };
    this.ground.clicked(this.spotAt(event), at, { shiftKey, altKey, ctrlKey, metaKey, isDouble, isTouch: pointerType === "touch" });
  }

  /** @param {PointerEvent} event */
  #onCancel(event) {
    this.#down.delete(event.pointerId);
    this.cancel();
  }

  #finish() {
    this.#gesture = this.#pressed = null;
    this.ground.map.dragging.enable();
  }

  // ---- what the mouse is over

  /** @param {PointerEvent} event @param {L.Point} at */
  #hover(event, at) {
    const { hand, redraw, painting, tip, map } = this.ground;
    const isOver = this.#isOnMap(event) && event.target instanceof Element && map.getContainer().contains(event.target);
    if (!isOver) return void (this.#isOver && this.#leave());
    this.#isOver = true;
    const spot = this.spotAt(event);
    redraw.point(spot ? spot.ids[0] : null);
    const grid = spot ? null : painting.gridAt(this.onPlane(at));
    const place = map.getContainer();
    place.classList.toggle("over-household", spot !== null);
    if (this.tool === "brush") hand.tool = { kind: "brush", at: this.onPlane(at), radius: this.radius };
    if (grid !== hand.pointedGrid || this.tool === "brush") {
      hand.pointedGrid = grid;
      painting.drawHand();
    }
    if (spot) tip.show(at, linesOf(redraw, spot.ids));
    else tip.hide();
  }

  #leave() {
    const { hand, redraw, painting, tip } = this.ground;
    this.#isOver = false;
    if (this.#gesture) return;
    redraw.point(null);
    hand.pointedGrid = null;
    hand.tool = null;
    tip.hide();
    painting.drawHand();
  }

  /** Returns what is said of households on a spot. @param {number[]} ids */
  describe(ids) {
    return linesOf(this.ground.redraw, ids);
  }

  // ---- tools

  /** @param {Exclude<Tool, "click">} tool @param {L.Point} from @param {PointerEvent} pressed @returns {Gesture} */
  #choose(tool, from, pressed) {
    const { hand, redraw, painting } = this.ground;
    const isAdding = pressed.shiftKey || tool === "brush" || pressed.pointerType === "touch";
    const mode = pressed.altKey ? "remove" : isAdding ? "add" : "replace";
    const start = this.onPlane(from);
    /** @type {Set<number>} */ const taken = new Set();
    /** @type {Point[]} */ const line = [start];
    let last = start;
    if (mode === "replace") redraw.select([], "replace");
    const show = () => Object.assign(hand, { taken, isTaking: mode !== "remove" }) && painting.drawHand();
    /** @param {Spot[]} spots @param {boolean} isAll Whether it takes in no others. */
    const takeIn = (spots, isAll) => {
      if (isAll) taken.clear();
      for (const { ids } of spots) for (const id of ids) taken.add(id);
    };
    const move = (/** @type {L.Point} */ point) => {
      const at = this.onPlane(point);
      if (tool === "brush") {
        takeIn(underBrush(this.ground.spots(), last, at, this.radius / this.#scale()), false);
        hand.tool = { kind: "brush", at, radius: this.radius };
      } else if (tool === "rectangle") {
        takeIn(inRectangle(this.ground.spots(), start, at), true);
        hand.tool = { kind: "rectangle", line: [start, [at[0], start[1]], at, [start[0], at[1]]] };
      } else {
        line.push(at);
        takeIn(inLasso(this.ground.spots(), line), true);
        hand.tool = { kind: "lasso", line };
      }
      last = at;
      show();
    };
    const clear = () => {
      Object.assign(hand, { tool: null, taken: new Set(), isTaking: true });
      painting.drawHand();
    };
    return {
      move,
      end: () => {
        clear();
        redraw.select(taken, mode);
      },
      cancel: clear,
    };
  }

  /** Pixels on the screen to one of the plane. */
  #scale() {
    const { map } = this.ground;
    const [[x1], [x2]] = [this.onPlane(L.point(0, 0)), this.onPlane(L.point(100, 0))];
    return map ? 100 / (x2 - x1) : 1;
  }

  // ---- dragging

  /** @param {L.Point} from @param {number[]} ids @returns {Gesture} */
  #drag(from, ids) {
    const { map, hand, redraw, tip, drop } = this.ground;
    const why = whyNot(redraw, ids);
    if (why) return { move: (at) => tip.show(at, [element("p", { class: "broken" }, why)]), end: () => tip.hide(), cancel: () => tip.hide() };
    const start = this.onPlane(from);
    let at = from;
    /** @type {Aim} */ let target = null;
    redraw.outcomes()?.catch(() => {}); // told by the page
    const aim = () => {
      target = this.#aimAt(this.#latest, ids);
      const [x, y] = this.onPlane(at);
      hand.dragged = { ids, by: [x - start[0], y - start[1]] };
    };
    redraw.addEventListener("outcomes", aim);
    const edges = setInterval(() => {
      const { x, y } = map.getSize();
      const isOver = at.x >= 0 && at.y >= 0 && at.x <= x && at.y <= y;
      const step = L.point(Number(at.x > x - EDGE_PX) - Number(at.x < EDGE_PX), Number(at.y > y - EDGE_PX) - Number(at.y < EDGE_PX)).multiplyBy(EDGE_STEP_PX);
      if (!isOver || (!step.x && !step.y) || (this.#latest && this.drops.at(this.#latest))) return;
      map.panBy(step, { animate: false });
      aim();
    }, EDGE_EVERY_MS);
    const clear = () => {
      clearInterval(edges);
      redraw.removeEventListener("outcomes", aim);
      hand.dragged = null;
      this.#aimAtNothing();
    };
    return {
      move: (now) => {
        at = now;
        aim();
      },
      end: (now) => {
        at = now;
        aim();
        const found = target;
        clear();
        if (found && isChange(redraw, ids, found.to)) drop(ids, found.to);
      },
      cancel: clear,
    };
  }

  /** Returns where households would be put down, and shows it: on the map, or on a grid in a list. @param {MouseEvent | null} event @param {number[]} ids @returns {Aim} */
  #aimAt(event, ids) {
    const { map, hand, redraw, painting, tip } = this.ground;
    const place = map.getContainer();
    this.drops.show(true);
    place.classList.add("dragging-households");
    const under = event && document.elementFromPoint(event.clientX, event.clientY);
    const listed = under?.closest("[data-drop]")?.getAttribute("data-drop") ?? "";
    /** @type {Aim} */ let aim = null;
    if (event && place.contains(under)) aim = this.drops.at(event) ?? { to: painting.gridAt(this.onPlane(map.mouseEventToContainerPoint(event))) ?? "new" };
    else if (/^\d+$/.test(listed)) aim = { to: Number(listed) };
    Object.assign(hand, { target: aim?.to ?? null, pointedGrid: null });
    painting.drawHand();
    if (event && aim) tip.show(map.mouseEventToContainerPoint(event), targetLines(redraw, ids, aim.to));
    else tip.hide();
    return aim;
  }

  #aimAtNothing() {
    const { map, hand, painting, tip } = this.ground;
    this.drops.show(false);
    map.getContainer().classList.remove("dragging-households");
    hand.target = null;
    tip.hide();
    painting.drawHand();
  }

  /** Lets households that are dragged from a list be put down on the map. @param {HTMLElement} place */
  #takeFromLists(place) {
    const { redraw, drop } = this.ground;
    place.dataset.drop = "";
    place.addEventListener("dragover", (event) => (this.#latest = event));
    dropOn(place, (_, what) => {
      if (!("households" in what) || whyNot(redraw, what.households)) return null;
      const aim = this.#aimAt(this.#latest, what.households);
      return aim && isChange(redraw, what.households, aim.to) ? () => drop(what.households, aim.to) : null;
    });
    place.addEventListener("dragleave", (event) => !(event.relatedTarget instanceof Node && place.contains(event.relatedTarget)) && this.#aimAtNothing());
    for (const end of ["drop", "dragend"]) addEventListener(end, () => this.#aimAtNothing());
  }

  // ---- the space bar

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== " " || !(event.target instanceof Element && event.target.matches("body, .leaflet-container"))) return;
    event.preventDefault();
    this.#pan(true);
  }

  /** @param {boolean} isPanning Whether the mouse moves the map, whatever the tool. */
  #pan(isPanning) {
    this.#isPanning = isPanning;
    this.ground.map.getContainer().classList.toggle("panning", isPanning);
  }
}

/** Returns why households cannot be moved. @param {Redraw} redraw @param {number[]} ids */
function whyNot(redraw, ids) {
  if (!redraw.canEdit) return say("redraw.map.away");
  const isLocked = (/** @type {number} */ id) => {
    const home = redraw.households.get(id);
    return home?.locked || (home?.grid && redraw.grids.get(home.grid)?.locked);
  };
  const locked = ids.filter(isLocked).length;
  return locked ? say("redraw.map.locked", { n: locked, of: ids.length }) : null;
}

/** Whether some of the households are elsewhere, and the grid takes any. @param {Redraw} redraw @param {number[]} ids @param {number | "new" | null} to */
function isChange(redraw, ids, to) {
  if (typeof to === "number" && redraw.grids.get(to)?.locked) return false;
  return ids.some((id) => redraw.households.get(id)?.grid !== to);
}

/** Returns what is said of putting households down. @param {Redraw} redraw @param {number[]} ids @param {number | "new" | null} to */
function targetLines(redraw, ids, to) {
  const bold = (/** @type {string} */ text) => element("p", { class: "target" }, text);
  const red = (/** @type {string} */ text) => element("p", { class: "broken" }, text);
  if (to === null) return [bold(say("redraw.map.out", { n: ids.length }))];
  if (to !== "new" && redraw.grids.get(to)?.locked) return [red(say("redraw.map.locked_grid", { number: to }))];
  if (!isChange(redraw, ids, to)) return [bold(say("redraw.map.stay", { number: to }))];
  const heading = bold(to === "new" ? say("redraw.map.into_new", { n: ids.length }) : say("redraw.map.into", { number: to, n: ids.length }));
  const joined = redraw.outcome(to);
  if (!joined) return [heading, "…"];
  const becomes = (/** @type {typeof joined} */ { number, size, walk, broken }) => {
    const before = redraw.grids.get(number);
    return [
      say("redraw.map.becomes", { number, before: before?.size ?? 0, after: size, walk_before: before?.walk ?? "–", walk_after: walk ?? "–" }),
      ...broken.map(red),
    ];
  };
  const of = redraw.left.filter(({ number }) => number !== to);
  const others = of.length > MOST_LEFT ? [say("redraw.map.more_grids", { n: of.length - MOST_LEFT })] : [];
  return [heading, ...(to === "new" ? joined.broken.map(red) : becomes(joined)), ...of.slice(0, MOST_LEFT).flatMap(becomes), ...others];
}

/** Returns what is said of households on a spot. @param {Redraw} redraw @param {number[]} ids */
function linesOf(redraw, ids) {
  const homes = ids.flatMap((id) => redraw.households.get(id) ?? []);
  const many = homes.length > 3 ? [say("redraw.map.several", { n: homes.length })] : [];
  const facts = (/** @type {typeof homes[number]} */ { name, mark, hamlet, grid, locked, state }) => [
    name ?? mark, name && mark !== name ? mark : null, hamlet, grid === null ? say("redraw.in_none") : say("redraw.grid", { number: grid }),
    locked ? say("redraw.is_locked") : null, state ? say(STATES[state]) : null,
  ].filter(Boolean).join(" · ");
  return [...many, ...homes.slice(0, many.length ? 2 : 3).map(facts), ...(many.length ? ["…"] : [])];
}
