// A draft of a village as it is redrawn: what the server has of it, what is chosen, and the steps on their way there.
// What is allowed, what a change comes to and how it is said is the server's to tell.
import { RequestRefused, ask } from "../ui/request.js";
/** @import { Outcome, Outcomes, Proposal, RedrawCandidate, RedrawConflict, RedrawGrid, RedrawHistory, RedrawHousehold, RedrawPlan, EditSummary, StepAnswer } from "../wire.js" */

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;
/** What answers where a service is away. */
const AWAY = [502, 503, 504];

/** @typedef {{ method?: string, body?: unknown }} Request */
/** @typedef {{ kind: "undo" | "redo", of: EditSummary }} OfAnother An undo or redo of what another person did. */
/** @typedef {{ changed: { households: number[], grids: number[], gone: number[] }, selection: null, pointed: null, chosen: null, outcomes: null, reach: null, steps: null, conflict: RedrawConflict, of_another: OfAnother, said: { text: string, left_out: string[] }, refused: { text: string }, proposal: Proposal | null }} Told */

/** One per page. Its events are those of `Told`, with what they tell as `detail`. */
export class Redraw extends EventTarget {
  /** @type {Map<number, RedrawHousehold>} */ households = new Map();
  /** @type {Map<number, RedrawGrid>} */ grids = new Map();
  /** @type {Map<number | null, Set<number>>} */ #inside = new Map();
  /** Ids of the households that are chosen. @type {Set<number>} */ selection = new Set();
  /** @type {number | null} */ chosenGrid = null;
  /** The household that the mouse or the keyboard is at, in the list or on the map. @type {number | null} */ pointed = null;
  /** What was proposed and is neither applied nor left yet. @type {Proposal | null} */ proposal = null;
  /** Whether the server answers. */
  isReached = true;
  /** What others did meanwhile: no step is taken until it is settled. @type {RedrawConflict | null} */ conflict = null;
  /** How many steps are on their way. */
  waiting = 0;
  #sent = Promise.resolve();
  /** The edit that others were faster than. @type {object | null} */ #refused = null;
  /** @type {{ key: string, asked: Promise<Outcomes>, found: Outcomes | null, joined: Map<number, Outcome> } | null} */ #outcomes = null;
  /** @type {() => void} */ #tryAgain = () => {};

  /** @param {RedrawPlan} plan @param {(url: string, request?: Request) => Promise<any>} server */
  constructor(plan, server = ask) {
    super();
    this.server = server;
    /** What is told of it; households and grids are those of the maps. */
    this.plan = plan;
    this.#take(plan);
  }

  /** Takes a plan as the server has it. @param {RedrawPlan} plan */
  #take(plan) {
    this.plan = plan;
    this.households = new Map(plan.households.map((one) => [one.id, one]));
    this.grids = new Map(plan.grids.map((one) => [one.number, one]));
    this.#inside = new Map();
    for (const one of plan.households) this.#put(one);
  }

  /** @param {RedrawHousehold} household */
  #put({ id, grid }) {
    const inside = this.#inside.get(grid);
    if (inside) inside.add(id);
    else this.#inside.set(grid, new Set([id]));
  }

  /** @template {keyof Told} Name @param {Name} name @param {Told[Name]} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Calls a function with what an event tells. @template {keyof Told} Name @param {Name} name @param {(told: Told[Name]) => void} listener */
  on(name, listener) {
    this.addEventListener(name, (event) => listener(/** @type {CustomEvent<Told[Name]>} */ (event).detail));
  }

  /** Calls a function as `on` does, once the map has been painted: lists take longer than a drop may. @template {keyof Told} Name @param {Name} name @param {(told: Told[Name]) => void} listener */
  onPainted(name, listener) {
    this.on(name, (told) => requestAnimationFrame(() => setTimeout(() => listener(told))));
  }

  get canEdit() {
    return this.isReached && this.conflict === null;
  }

  /** Returns the ids of the households in a grid, or in none. @param {number | null} number */
  inside(number) {
    return [...(this.#inside.get(number) ?? [])];
  }

  /** The households in no grid that still live in the village. */
  get loose() {
    return this.inside(null).filter((id) => this.households.get(id)?.state !== "gone");
  }

  // ---- what is chosen

  /** @param {Iterable<number>} ids @param {"replace" | "add" | "toggle" | "remove"} mode */
  select(ids, mode = "replace") {
    const before = this.selection;
    const after = new Set(mode === "replace" ? [] : before);
    for (const id of ids) {
      if (mode === "remove" || (mode === "toggle" && before.has(id))) after.delete(id);
      else if (this.households.has(id)) after.add(id);
    }
    if (after.size === before.size && [...after].every((id) => before.has(id))) return;
    this.selection = after;
    this.#outcomes = null;
    this.#tell("selection", null);
  }

  /** @param {number | null} number */
  chooseGrid(number) {
    const chosen = number !== null && this.grids.has(number) ? number : null;
    if (chosen === this.chosenGrid) return;
    this.chosenGrid = chosen;
    this.#tell("chosen", null);
  }

  /** @param {number | null} id */
  point(id) {
    if (id === this.pointed) return;
    this.pointed = id;
    this.#tell("pointed", null);
  }

  // ---- what a move would come to

  /** Asks what moving the chosen households would come to, once for this version and choice. */
  outcomes() {
    if (this.selection.size === 0 || this.conflict || this.waiting) return null; // after a step they are others
    const households = [...this.selection].sort((a, b) => a - b);
    const { version } = this.plan;
    const key = `${version} ${households.join()}`;
    if (this.#outcomes?.key !== key) {
      const asked = this.#ask("outcomes", { version, households });
      const now = { key, asked, found: /** @type {Outcomes | null} */ (null), joined: /** @type {Map<number, Outcome>} */ (new Map()) };
      this.#outcomes = now;
      asked.then((found) => {
        Object.assign(now, { found, joined: new Map([...found.without, ...found.joined].map((one) => [one.number, one])) });
        if (this.#outcomes === now) this.#tell("outcomes", null);
      }, () => {}); // nothing stands there then
    }
    return this.#outcomes?.asked ?? null;
  }

  /** Returns what a grid would be with the chosen households in it; null while it is not known. @param {number | "new"} to @returns {Outcome | null} */
  outcome(to) {
    return (to === "new" ? this.#outcomes?.found?.alone : this.#outcomes?.joined.get(to)) ?? null;
  }

  /** What the grids that the chosen households are from would be without them. */
  get left() {
    return this.#outcomes?.found?.without ?? [];
  }

  /** Returns what a grid becomes: one that they are from without them, any other with them; null while it is not known. @param {number} number */
  becomes(number) {
    return this.left.find((one) => one.number === number) ?? this.outcome(number);
  }

  // ---- steps, one after the other

  /** @param {Iterable<number>} ids @param {number | "new" | null} to */
  move(ids, to) {
    return this.edit("move", { moves: [...ids].map((id) => [id, to === "new" ? -1 : to]) });
  }

  /** Makes an edit of a kind. @param {string} kind @param {object} values */
  edit(kind, values) {
    return this.#step("edits", { kind, ...values });
  }

  /** Takes the latest edit back; another person's only when asked for. @param {{ ofOthers?: boolean }} [how] */
  undo({ ofOthers = false } = {}) {
    return this.#walk("undo", ofOthers);
  }

  /** @param {{ ofOthers?: boolean }} [how] */
  redo({ ofOthers = false } = {}) {
    return this.#walk("redo", ofOthers);
  }

  /** @param {"undo" | "redo"} kind @param {boolean} ofOthers */
  #walk(kind, ofOthers) {
    return this.#step(kind, () => {
      const of = this.plan[kind];
      if (of && !of.own && !ofOthers) this.#tell("of_another", { kind, of });
      return of && (of.own || ofOthers) ? { of_others: ofOthers } : null;
    });
  }

  /** Leads back, or forth, to where an edit had been made; null: to the draft as it was made. @param {number | null} edit */
  restore(edit) {
    return this.#step("restore", { edit });
  }

  /**
   * Takes a step once those before it are done. What it sends is only known then where it is about the latest edit.
   * @param {string} address @param {object | (() => object | null)} values
   */
  #step(address, values) {
    if (!this.canEdit) return Promise.resolve(null);
    this.waiting += 1;
    this.#tell("steps", null);
    const taken = this.#sent.then(() => this.#send(address, values));
    this.#sent = taken.then(
      () => {},
      () => {},
    );
    return taken.finally(() => {
      this.waiting -= 1;
      this.#tell("steps", null);
    });
  }

  /** @param {string} address @param {object | (() => object | null)} values @returns {Promise<StepAnswer | null>} */
  async #send(address, values) {
    const asked = this.conflict ? null : typeof values === "function" ? values() : values;
    if (!asked) return null;
    const body = { version: this.plan.version, id: crypto.randomUUID(), ...asked };
    try {
      const answer = await this.#ask(address, body);
      this.#apply(answer);
      return answer;
    } catch (problem) {
      if (!(problem instanceof RequestRefused)) throw problem;
      if (problem.content?.since) {
        this.conflict = problem.content;
        this.#refused = address === "edits" ? asked : null;
        this.#tell("conflict", problem.content);
      } else this.#tell("refused", { text: problem.message });
      return null;
    }
  }

  /** @param {StepAnswer} answer */
  #apply({ households, left, grids, gone, said, left_out, ...state }) {
    Object.assign(this.plan, state);
    for (const id of left) {
      this.#inside.get(this.households.get(id)?.grid ?? null)?.delete(id);
      this.households.delete(id);
    }
    if (left.length) this.select(left, "remove");
    for (const one of households) {
      const before = this.households.get(one.id);
      if (before) this.#inside.get(before.grid)?.delete(one.id);
      this.households.set(one.id, one);
      this.#put(one);
    }
    for (const one of grids) this.grids.set(one.number, one);
    for (const number of gone) this.grids.delete(number);
    this.#outcomes = null;
    this.proposal = null;
    if (this.chosenGrid !== null && !this.grids.has(this.chosenGrid)) this.chooseGrid(null);
    this.#tell("changed", { households: [...households.map(({ id }) => id), ...left], grids: grids.map(({ number }) => number), gone });
    this.#tell("proposal", null);
    this.#tell("said", { text: said, left_out });
  }

  // ---- proposals

  /** Asks for a change and its price, without making it. @param {string} kind @param {object} values @returns {Promise<Proposal | null>} */
  async propose(kind, values = {}) {
    if (!this.canEdit) return null;
    await this.#sent;
    try {
      this.proposal = { ...(await this.#ask("proposals", { version: this.plan.version, kind, ...values })), kind };
      this.#tell("proposal", this.proposal);
    } catch (problem) {
      if (!(problem instanceof RequestRefused)) throw problem;
      if (problem.content?.since) this.#tell("conflict", (this.conflict = problem.content));
      else this.#tell("refused", { text: problem.message });
    }
    return this.proposal;
  }

  leaveProposal() {
    this.proposal = null;
    this.#tell("proposal", null);
  }

  /** @param {Proposal} proposal */
  applyProposal({ kind, moves }) {
    return this.edit("move", { moves, as: kind });
  }

  // ---- others, and a server that is away

  /** Takes the plan as it is by now; what was about to be done is dropped. */
  async reload() {
    const plan = await this.#ask("redraw.json");
    const before = [...this.grids.keys()];
    this.#take(plan);
    this.conflict = this.#refused = this.#outcomes = this.proposal = null;
    this.selection = new Set([...this.selection].filter((id) => this.households.has(id)));
    if (this.chosenGrid !== null && !this.grids.has(this.chosenGrid)) this.chosenGrid = null;
    this.#tell("changed", { households: [...this.households.keys()], grids: [...this.grids.keys()], gone: before.filter((number) => !this.grids.has(number)) });
    this.#tell("selection", null);
    this.#tell("proposal", null);
    this.#tell("steps", null);
  }

  /** Makes a draft of what was seen, with what was about to be done to it; returns the id of its plan. @returns {Promise<number>} */
  async keepMine() {
    const { version } = this.plan;
    const { plan } = await this.#ask("copy", { version, id: crypto.randomUUID(), edit: this.#refused });
    return plan;
  }

  /** Asks who could lead a grid, the nearest first. @param {number} number @returns {Promise<RedrawCandidate[]>} */
  async candidates(number) {
    return (await this.#ask(`grids/${number}/leads.json`)).candidates;
  }

  /** Keeps whether the lead of a grid agreed to be named on maps. @param {number} number @param {{ member: number, agreed: boolean }} said */
  async noteAgreement(number, said) {
    await this.#ask(`grids/${number}/agreement`, said);
  }

  /** Asks what was done, the latest of it or what was before a version. @param {number | null} before @returns {Promise<RedrawHistory>} */
  history(before = null) {
    return this.#ask(before === null ? "history.json" : `history.json?before=${before}`);
  }

  /**
   * Asks the server until it answers: the same request, with the same id, so that nothing is done twice.
   * @param {string} address @param {object | null} body
   */
  async #ask(address, body = null) {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        const url = `/api/plans/${this.plan.plan}/${address}`;
        const answer = await (body ? this.server(url, { method: "POST", body }) : this.server(url));
        this.#reach(true);
        return answer;
      } catch (problem) {
        if (problem instanceof RequestRefused && !AWAY.includes(problem.status)) {
          this.#reach(true);
          throw problem;
        }
        this.#reach(false);
        await new Promise((resolve) => {
          this.#tryAgain = () => resolve(null);
          setTimeout(resolve, wait);
        });
      }
    }
  }

  /** @param {boolean} isReached */
  #reach(isReached) {
    if (isReached === this.isReached) return;
    this.isReached = isReached;
    this.#tell("reach", null);
  }

  /** Tries at once to reach a server that is away. */
  tryAgain() {
    this.#tryAgain();
  }
}
