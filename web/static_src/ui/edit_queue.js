// Edits that are shown at once and sent one after the other: one that fails is kept, and may be sent again or dropped.

/**
 * @typedef {object} Edit
 * @property {object} subject What is edited.
 * @property {() => void} show Shows it as it will be.
 * @property {() => Promise<void>} send Sends it and takes over what the server has then.
 * @property {(key: string) => void} [confirm] Lets the server keep what it asked about, once it is sent again.
 * @property {() => void} revert Shows the subject as it was.
 * @property {() => Promise<void>} refresh Takes over what the server has of the subject now.
 */
/** @typedef {{ edit: Edit, problem: unknown }} Failure */

export class EditQueue {
  /** @type {{ subject: object, inverse: () => Edit }[]} */ #done = [];
  /** @type {Failure[]} */ failures = [];
  /** How many are on their way. */
  waiting = 0;
  /** Settles when all of them have been sent, or have failed. */
  sent = Promise.resolve();

  /** @param {() => void} changed Called whenever something is shown otherwise than before. */
  constructor(changed) {
    this.changed = changed;
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  /** @param {Edit} edit @param {() => Edit} inverse Returns what undoes it. */
  add(edit, inverse) {
    this.#done.push({ subject: edit.subject, inverse });
    this.#send(edit);
  }

  /** @param {Edit} edit */
  #send(edit) {
    edit.show();
    this.waiting += 1;
    this.changed();
    this.sent = this.sent
      .then(() => edit.send())
      .catch((problem) => {
        this.failures.push({ edit, problem });
      })
      .then(() => {
        this.waiting -= 1;
        this.changed();
      });
  }

  /** Sends an edit that failed again, on what the server has by now. @param {Failure} failure */
  async retry(failure) {
    try {
      await failure.edit.refresh();
    } catch (problem) {
      failure.problem = problem;
      this.changed();
      return;
    }
    this.failures = this.failures.filter((other) => other !== failure);
    this.#send(failure.edit);
  }

  /** Drops an edit that failed, and with it what could be undone of its subject. @param {Failure} failure */
  drop(failure) {
    const { edit } = failure;
    this.failures = this.failures.filter((other) => other !== failure);
    this.#done = this.#done.filter(({ subject }) => subject !== edit.subject);
    edit.revert();
    edit.refresh().then(this.changed, this.changed);
  }

  /** Undoes the last edit; returns what it was about, or null where there is none. */
  undo() {
    const last = this.#done.pop();
    if (!last) return null;
    const failure = this.failures.find(({ edit }) => edit.subject === last.subject);
    if (failure) this.drop(failure);
    else this.#send(last.inverse());
    return last.subject;
  }
}
