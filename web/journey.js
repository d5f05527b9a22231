// One walk through the pipeline: the records that its steps made, and the one trace they share.
// Every command of a journey carries the trace id, so the last step can tell the whole story.

/** Dispatches `change` when a step was done or the walk starts over. */
export class Journey extends EventTarget {
  /** The trace id, 32 hex digits. */
  trace = hex(16);
  #records = new Map();

  /** What the step made; undefined while it is ahead. */
  record(key) {
    return this.#records.get(key);
  }

  get isStarted() {
    return this.#records.size > 0;
  }

  /** The header for the next command of a step; doing the first step again starts over. */
  traceparent(key) {
    if (key === 'lead' && this.#records.has('lead')) this.startOver();
    return `00-${this.trace}-${hex(8)}-01`;
  }

  done(key, record) {
    this.#records.set(key, record);
    this.dispatchEvent(new Event('change'));
  }

  startOver() {
    this.#records.clear();
    this.trace = hex(16);
    this.dispatchEvent(new Event('change'));
  }
}

function hex(bytes) {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  // All zeros would be no valid id.
  random[0] ||= 1;
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
