// The households of a village while they are placed: where each is shown, which is next, and edits of their places.
import { EditQueue } from "../../ui/edit_queue.js";
/** @import { Edit } from "../../ui/edit_queue.js" */
/** @import { PlacedHousehold, PlacementLists, PlacementResult, Position } from "../../wire.js" */

/** @typedef {PlacedHousehold & { pending?: boolean }} Home `pending`: shown, and not yet kept by the server. */
/** @typedef {{ name: string, place: Position | null, own: boolean }} Hamlet `own`: no other hamlet stands there. */
/**
 * @typedef {object} Server
 * @property {() => Promise<PlacementLists>} lists
 * @property {(home: Home, place: Position | null, confirmed: string) => Promise<PlacementResult>} placeHome `confirmed`: the key of a doubt that was asked about.
 * @property {(hamlet: Hamlet, place: Position | null, was: Position | null, confirmed: string) => Promise<PlacementResult>} setAnchor
 */

export class Placements {
  /** @type {Map<number, Home>} */
  #byId;
  /** Households and hamlets that were passed over. @type {Set<Home | Hamlet>} */
  #skipped = new Set();
  /** @type {Home | null} The household whose place, as kept last, is outside the village. */
  outside = null;

  /** @param {PlacementLists} lists @param {Server} server @param {() => void} changed */
  constructor({ homes, hamlets }, server, changed) {
    /** @type {Home[]} */
    this.homes = homes;
    /** @type {Hamlet[]} */
    this.hamlets = hamlets;
    this.#byId = new Map(this.homes.map((home) => [home.id, home]));
    this.server = server;
    this.edits = new EditQueue(changed);
  }

  get placed() {
    return this.homes.filter((home) => home.exact && !home.pending).length;
  }

  /** @param {string} name */
  hamlet(name) {
    return this.hamlets.find((hamlet) => hamlet.name === name);
  }

  /** Returns the hamlets that have households without a position, and no place of their own. */
  get waitingHamlets() {
    const waiting = new Set(this.homes.flatMap(({ exact, hamlet }) => (exact ? [] : [hamlet])));
    return this.hamlets.filter(({ name, own }) => !own && waiting.has(name));
  }

  /** Returns what is best placed next after something: hamlets first, then houses. @param {Home | Hamlet | null} after */
  following(after = null) {
    const hamlet = this.waitingHamlets.find((one) => one !== after && !this.#skipped.has(one));
    if (hamlet) return hamlet;
    if (after && !("code" in after)) return this.homes.find((home) => home.hamlet === after.name && !home.exact && !this.#skipped.has(home)) ?? this.next();
    return this.next(after);
  }

  /**
   * Returns the next household without a place after one, in the order of the list and round; those passed over last.
   * @param {Home | null} after
   */
  next(after = null) {
    const from = after ? this.homes.indexOf(after) + 1 : 0;
    const round = [...this.homes.slice(from), ...this.homes.slice(0, from)].filter((home) => !home.exact && home !== after);
    return round.find((home) => !this.#skipped.has(home)) ?? round[0] ?? null;
  }

  /** @param {Home | Hamlet} thing */
  skip(thing) {
    this.#skipped.add(thing);
  }

  /** @param {Home} home @param {Position | null} place With null it is back on the anchor of its hamlet. */
  put(home, place) {
    const before = home.exact ? spotOf(home) : null;
    this.edits.add(this.#homeEdit(home, place), () => this.#homeEdit(home, before));
  }

  /** Sets the anchor of a hamlet, or with null takes it away. @param {Hamlet} hamlet @param {Position | null} place */
  anchor(hamlet, place) {
    const before = hamlet.place;
    this.edits.add(this.#anchorEdit(hamlet, place), () => this.#anchorEdit(hamlet, before));
  }

  /** @param {Home} home @param {Position | null} place @returns {Edit} */
  #homeEdit(home, place) {
    let { lon, lat, exact } = home;
    let confirmed = "";
    return {
      subject: home,
      show: () => {
        this.#skipped.delete(home);
        Object.assign(home, place ?? this.hamlet(home.hamlet)?.place ?? { lon: null, lat: null }, { exact: place !== null, pending: true });
      },
      send: async () => this.#takeOver(await this.server.placeHome(home, place, confirmed)),
      confirm: (key) => (confirmed = key),
      revert: () => Object.assign(home, { lon, lat, exact, pending: false }),
      refresh: async () => {
        const found = (await this.server.lists()).homes.find(({ id }) => id === home.id);
        if (!found) throw new Error("gone");
        ({ lon, lat, exact } = found);
        Object.assign(home, found, { pending: false });
      },
    };
  }

  /** @param {Hamlet} hamlet @param {Position | null} place @returns {Edit} */
  #anchorEdit(hamlet, place) {
    let before = hamlet.place;
    let confirmed = "";
    const show = (/** @type {Position | null} */ spot) => Object.assign(hamlet, { place: spot, own: spot !== null });
    return {
      subject: hamlet,
      show: () => show(place),
      send: async () => this.#takeOver(await this.server.setAnchor(hamlet, place, before, confirmed)),
      confirm: (key) => (confirmed = key),
      revert: () => show(before),
      refresh: async () => {
        before = (await this.server.lists()).hamlets.find(({ name }) => name === hamlet.name)?.place ?? null;
        show(before);
      },
    };
  }

  /** @param {PlacementResult} answer */
  #takeOver({ homes, outside }) {
    for (const found of homes) Object.assign(/** @type {Home} */ (this.#byId.get(found.id)), found, { pending: false });
    this.outside = outside ? (this.#byId.get(homes[0].id) ?? null) : null;
  }
}

/** @param {Home} home */
function spotOf({ lon, lat }) {
  return lon === null || lat === null ? null : { lon, lat };
}
