// The households of a village while they are placed: what is shown at once, what the server has kept, and what can be undone.
import { ask } from "./request.js";

export class Placements {
  /** `changed()` is called whenever something is shown otherwise than before. */
  constructor(village, { homes, hamlets }, changed) {
    this.url = `/api/place/${village}`;
    this.homes = homes;
    this.hamlets = hamlets;
    this.byId = new Map(homes.map((home) => [home.id, home]));
    this.changed = changed;
    this.done = [];
    this.failed = [];
    this.passed = new Set();
    this.queue = Promise.resolve();
    this.waiting = 0;
    this.outside = null;
  }

  get placed() {
    return this.homes.filter((home) => home.exact && !home.pending).length;
  }

  hamlet(name) {
    return this.hamlets.find((hamlet) => hamlet.name === name);
  }

  /** Returns the next household without a place after one, in the order of the list, then from its beginning; those passed over last. */
  next(after = null) {
    const from = after ? this.homes.indexOf(after) + 1 : 0;
    const round = [...this.homes.slice(from), ...this.homes.slice(0, from)].filter((home) => !home.exact && home !== after);
    return round.find((home) => !this.passed.has(home.id)) ?? round[0] ?? null;
  }

  /** Puts a household somewhere, or with null back on the anchor of its hamlet. It is shown there before it is kept. */
  put(home, place) {
    const before = { lon: home.lon, lat: home.lat, exact: home.exact };
    this.done.push({ home, before: before.exact ? { lon: before.lon, lat: before.lat } : null });
    this.send({ home, place, before });
  }

  send(click) {
    const { home, place, before } = click;
    const there = place ?? this.hamlet(home.hamlet)?.place ?? { lon: null, lat: null };
    Object.assign(home, { ...there, exact: place !== null, pending: true });
    this.passed.delete(home.id);
    this.keep(click, async () => {
      const body = { version: home.version, place };
      return this.take(await ask(`${this.url}/households/${home.id}`, { method: "POST", body }));
    }, () => Object.assign(home, before, { pending: false }));
  }

  /** Sets the anchor of a hamlet, or with null takes it away. */
  anchor(hamlet, place) {
    this.done.push({ hamlet, before: hamlet.place });
    this.sendAnchor({ hamlet, place, before: hamlet.place });
  }

  sendAnchor(click) {
    const { hamlet, place, before } = click;
    hamlet.place = place;
    this.keep(click, async () => {
      const body = { hamlet: hamlet.name, place, was: before };
      return this.take(await ask(`${this.url}/anchors`, { method: "POST", body }));
    }, () => { hamlet.place = before; });
  }

  /** Sends one click after the other; one that fails is kept, and may be sent again or let go. */
  keep(click, send, letGo) {
    this.failed = this.failed.filter((other) => other.click !== click);
    this.waiting += 1;
    this.changed();
    this.queue = this.queue.then(send).catch((problem) => {
      this.failed.push({ click, problem, letGo });
    }).then(() => {
      this.waiting -= 1;
      this.changed();
    });
  }

  /** Sends a click that failed again, on what the server has by now. */
  async again(failure) {
    const { click } = failure;
    try {
      await this.refresh(click);
    } catch (problem) {
      failure.problem = problem;
      this.changed();
      return;
    }
    if (click.home) this.send(click);
    else this.sendAnchor(click);
  }

  letGo(failure) {
    this.failed = this.failed.filter((other) => other !== failure);
    failure.letGo();
    const { home, hamlet } = failure.click;
    this.done = this.done.filter((entry) => (entry.home ?? entry.hamlet) !== (home ?? hamlet));
    this.refresh(failure.click).then(() => this.changed(), () => this.changed());
  }

  /** Takes over what the server has of the household or hamlet of a click. */
  async refresh(click) {
    const { homes, hamlets } = await ask(this.url);
    if (click.home) {
      const now = homes.find((home) => home.id === click.home.id);
      if (!now) throw new Error("gone");
      click.before = { lon: now.lon, lat: now.lat, exact: now.exact };
      Object.assign(click.home, now, { pending: false });
    } else {
      click.before = hamlets.find((hamlet) => hamlet.name === click.hamlet.name)?.place ?? null;
      click.hamlet.place = click.before;
    }
  }

  take({ homes, outside }) {
    for (const now of homes) Object.assign(this.byId.get(now.id), now, { pending: false });
    this.outside = outside ? this.byId.get(homes[0].id) : null;
  }

  /** Takes back the last click; returns the household or hamlet it was about. */
  undo() {
    const last = this.done.pop();
    if (!last) return null;
    const failure = this.failed.find(({ click }) => (click.home ?? click.hamlet) === (last.home ?? last.hamlet));
    if (failure) {
      this.letGo(failure);
      return last;
    }
    if (last.home) this.send({ home: last.home, place: last.before, before: { lon: last.home.lon, lat: last.home.lat, exact: last.home.exact } });
    else this.sendAnchor({ hamlet: last.hamlet, place: last.before, before: last.hamlet.place });
    return last;
  }
}
