// What the hub holds, as this tab knows it: one live collection for each kind of record.
// A collection starts with the newest page and follows the stream from there. A page and an event
// may cross, so the higher version wins, and a record is counted once whichever way it came.

import { backoffMilliseconds } from './client/hub.js';

const PAGE = 100;
const RECORDS_MAX = 500;
const BATCH_MILLISECONDS = 60;
const RETRY_MILLISECONDS = 2_000;
const RETRIES_MAX = 5;
const TYPE_PREFIX = 'in.bhiv.';
/** What the hub itself says about a reported event; not reported events. */
const ABOUT_EVENTS = /^(rl_|compliance_|notification_|feedback_|decision_|task_)/;
const KIND_OF_WORD = {
  lead: 'leads',
  opportunity: 'opportunities',
  order: 'orders',
  delivery: 'deliveries',
  task: 'tasks',
};
const KIND_OF_TYPE = {
  decision_made: 'decisions',
  feedback_received: 'feedback',
  notification_sent: 'notifications',
};

/** An event's name without the prefix that all of them share. */
export function eventName(event) {
  return event.type.startsWith(TYPE_PREFIX) ? event.type.slice(TYPE_PREFIX.length) : event.type;
}

/** Reads again what a passing problem kept from being read, when the hub says or soon. */
export function retryLater(context, problem, attempt, read) {
  if (!problem.isTransient || attempt >= RETRIES_MAX) return;
  const wait = backoffMilliseconds(attempt, RETRY_MILLISECONDS);
  setTimeout(() => {
    if (!context.isOver) read(attempt + 1);
  }, Math.max(wait, problem.retryAfterSeconds * 1_000));
}

/** The records of one kind; dispatches `change`, at most once per batch of events. */
export class Collection extends EventTarget {
  /** Why the list could not be read; null when it could. */
  problem = null;
  isLoaded = false;
  /** How many there are at least; exactly that many unless `isMore`. */
  total = 0;
  isMore = false;
  /** When the newest one was created; 0 without any. */
  newestAt = 0;
  #read;
  #records = new Map();
  #batch;

  /** @param {((hub: any) => Promise<any>) | null} read reads the newest page; null if others do */
  constructor(read) {
    super();
    this.#read = read;
  }

  get(id) {
    return this.#records.get(id);
  }

  /** The newest first; ids are UUIDv7 and break ties in order of creation. */
  newest(limit = RECORDS_MAX) {
    return [...this.#records.values()].sort(byAge).slice(0, limit);
  }

  /** Reads the newest page; what keeps it from being read for a while is waited out. */
  async load(context, attempt = 0) {
    if (!this.#read) return;
    const before = new Set(this.#records.keys());
    try {
      const page = await this.#read(context.hub);
      if (context.isOver) return;
      this.takePage(page, before);
    } catch (problem) {
      if (context.isOver || context.onProblem(problem)) return;
      this.problem = problem;
      this.#changed();
      retryLater(context, problem, attempt, (next) => this.load(context, next));
    }
  }

  /** Takes the newest page in place of the records named by `replaced`. */
  takePage(page, replaced = new Set()) {
    for (const { id } of page.data) replaced.delete(id);
    for (const id of replaced) this.#records.delete(id);
    this.problem = null;
    this.isLoaded = true;
    this.isMore = Boolean(page.next_cursor);
    for (const record of page.data) this.#put(record);
    this.total = Math.max(this.#records.size, Number(page.total) || 0);
    this.#changed();
  }

  /** Takes a record as an answer or an event gave it, unless a newer version is known. */
  take(record, isCreation = false) {
    if (!record?.id) return;
    const isKnown = this.#records.has(record.id);
    // On a page not read: showing it would leave a hole, counting it would count it twice.
    if (!isKnown && !isCreation && this.isMore) return;
    if (!isKnown) this.total += 1;
    this.#put(record);
    this.#changed();
  }

  remove(id) {
    if (this.#records.delete(id)) this.total -= 1;
    this.#changed();
  }

  clear() {
    this.#records.clear();
    this.problem = null;
    this.isLoaded = false;
    this.isMore = false;
    this.total = 0;
    this.newestAt = 0;
    this.#changed();
  }

  #put(record) {
    const known = this.#records.get(record.id);
    if (known && (record.version ?? Infinity) < (known.version ?? 0)) return;
    this.#records.set(record.id, { ...known, ...record });
    this.newestAt = Math.max(this.newestAt, Date.parse(record.created_at) || 0);
    if (this.#records.size < RECORDS_MAX * 1.2) return;
    const kept = this.newest();
    this.#records = new Map(kept.map((one) => [one.id, one]));
    this.isMore = true;
  }

  #changed() {
    this.#batch ??= setTimeout(() => {
      this.#batch = undefined;
      this.dispatchEvent(new Event('change'));
    }, BATCH_MILLISECONDS);
  }
}

/** All collections, fed by the tab's stream. */
export function liveRecords() {
  const limit = PAGE;
  const kinds = {
    // The lead list reads its own pages and hands the first one on.
    leads: new Collection(null),
    opportunities: new Collection((hub) => hub.listOpportunities({ limit })),
    orders: new Collection((hub) => hub.listOrders({ limit })),
    decisions: new Collection(async (hub) => decisions(await hub.listDecisions({ limit }))),
    events: new Collection((hub) => reportedEvents(hub, limit)),
    deliveries: new Collection((hub) => hub.listDeliveries({ limit })),
    feedback: new Collection((hub) => hub.listFeedback({ limit })),
    tasks: new Collection((hub) => hub.listTasks({ limit })),
    notifications: new Collection((hub) => hub.listNotifications({ limit })),
  };
  let context = null;

  function takeEvent(event) {
    const type = eventName(event);
    if (type === 'rl_scored') return takeScore(event);
    const place = placeOf(type, event.subject ?? '');
    if (!place) return;
    const { kind, word, isCreation } = place;
    if (kind === 'events') return kinds.events.take(reported(event), true);
    const record = event.data?.[word] ?? event.data;
    if (type.endsWith('_deleted')) return kinds[kind].remove(record?.id);
    if (kind === 'notifications' && !isMine(record)) return;
    if (!record) return;
    const id = record.decision_id ?? event.subject?.split('/')[1];
    kinds[kind].take({ id, created_at: event.time, ...record }, isCreation);
  }

  function isMine({ recipient } = {}) {
    const { subject, roles } = context.who;
    return !recipient || recipient === subject || roles.includes(recipient);
  }

  function takeScore(event) {
    const [kind, id] = (event.subject ?? '').split('/');
    const record = kinds[kind]?.get(id);
    if (!record) return;
    kinds[kind].take({ ...record, score: event.data?.score, factors: factorsOf(event) });
  }

  return {
    ...kinds,
    start(started) {
      context = started;
      const { stream } = context.tab;
      stream.addEventListener('history', ({ detail }) => detail.data.forEach(takeEvent));
      stream.addEventListener('event', ({ detail }) => takeEvent(detail));
      this.reload();
    },
    stop() {
      context = null;
      for (const collection of Object.values(kinds)) collection.clear();
    },
    reload() {
      for (const collection of Object.values(kinds)) collection.load(context);
    },
  };
}

/** What spoke for and against a score, the greatest first. */
export function factorsOf({ data }) {
  return data?.factors ?? data?.explanation ?? [];
}

function decisions(page) {
  return { ...page, data: page.data.map((one) => ({ id: one.decision_id, ...one })) };
}

async function reportedEvents(hub, limit) {
  const page = await hub.history({ entity: 'event', limit });
  const data = page.data.filter((event) => !ABOUT_EVENTS.test(eventName(event))).map(reported);
  return { data, next_cursor: page.next_cursor };
}

function reported(event) {
  const { id, time, data, traceparent } = event;
  return { id, name: eventName(event), created_at: time, traceparent, ...data };
}

/** Which collection an event belongs to; null for one that carries no record. */
function placeOf(type, subject) {
  const kind = KIND_OF_TYPE[type];
  if (kind) return { kind, word: type.split('_')[0], isCreation: true };
  const [, word, verb] = /^([a-z]+)_([a-z_]+)$/.exec(type) ?? [];
  if (KIND_OF_WORD[word] && subject.startsWith(`${KIND_OF_WORD[word]}/`)) {
    const isCreation = verb === 'created' || verb === 'scheduled';
    return { kind: KIND_OF_WORD[word], word, isCreation };
  }
  if (subject.startsWith('events/') && !ABOUT_EVENTS.test(type)) return { kind: 'events' };
  return null;
}

function byAge(a, b) {
  return order(b.created_at ?? '', a.created_at ?? '') || order(b.id, a.id);
}

function order(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
