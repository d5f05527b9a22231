// @ts-check
// The Unified Core client for browsers and Node 18+: one import, no dependencies.
//   Hub          REST calls that answer with data or throw a HubProblem
//   EventStream  and its parts, from event-stream.js beside this file
// Time, randomness and fetch are arguments, so everything here is tested without a network.

import { asProblem, EventStream, HubProblem } from './event-stream.js';

export {
  backoffMilliseconds, EventCursor, EventStream, HubProblem, parseId, SILENCE_SECONDS_MAX,
  SILENCE_SECONDS_STALE, SseParser,
} from './event-stream.js';

/** @typedef {import('./hub.js').ReadOptions} ReadOptions */
/** @typedef {import('./hub.js').CreateOptions} CreateOptions */
/** @typedef {import('./hub.js').UpdateOptions} UpdateOptions */

/** A hub and who is asking it. */
export class Hub {
  #url;
  #token;
  #fetch;
  #renew;
  /** @type {Promise<boolean> | null} */
  #renewal = null;

  constructor(/** @type {import('./hub.js').HubOptions} */ options = {}) {
    this.#url = options.url ?? globalThis.location?.origin ?? '';
    this.#token = options.token ?? '';
    this.#renew = options.renew;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /** Renews the session that speaks for the user, once for all who ask; false when it can't. */
  renew() {
    if (!this.#renew) return Promise.resolve(false);
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  /**
   * Sends a request and returns the raw answer when it is a success; throws a HubProblem.
   * A request that is refused is sent again when the session can be renewed.
   */
  async open(
    /** @type {string} */ path,
    /** @type {import('./hub.js').RequestOptions} */ options = {},
  ) {
    const response = await this.#send(path, options);
    if (response.ok) return response;
    if (response.status === 401 && await this.renew()) {
      const second = await this.#send(path, options);
      if (second.ok) return second;
      throw await readProblem(second);
    }
    throw await readProblem(response);
  }

  async #send(
    /** @type {string} */ path,
    /** @type {import('./hub.js').RequestOptions} */ options,
  ) {
    const url = new URL(path, this.#url);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined && value !== null && value !== '') {
        url.searchParams.set(name, String(value));
      }
    }
    /** @type {Record<string, string>} */
    const headers = { Accept: 'application/json', ...options.headers };
    if (this.#token) headers.Authorization = `Bearer ${this.#token}`;
    if (options.body !== undefined) headers['Content-Type'] = 'application/json';
    try {
      return await this.#fetch(url, {
        method: options.method ?? 'GET',
        headers,
        body: options.body === undefined ? undefined : JSON.stringify(options.body),
        signal: options.signal,
        cache: 'no-store',
        redirect: 'error',
      });
    } catch (error) {
      throw asProblem(error);
    }
  }

  /** Sends a request and returns the JSON it is answered with; undefined when there is none. */
  async request(
    /** @type {string} */ path,
    /** @type {import('./hub.js').RequestOptions} */ options = {},
  ) {
    const response = await this.open(path, options);
    try {
      const text = await response.text();
      return text ? JSON.parse(text) : undefined;
    } catch (error) {
      throw asProblem(error);
    }
  }

  /** One page of past events with the id of the log's head when it was read. */
  history(
    /** @type {import('./hub.js').HistoryQuery} */ query = {},
    /** @type {{ signal?: AbortSignal }} */ { signal } = {},
  ) {
    return this.request('/events', { query: { ...query }, signal });
  }

  /**
   * Opens a stream of events; see EventStream.
   * @returns {EventStream}
   */
  stream(/** @type {import('./hub.js').StreamOptions} */ options = {}) {
    return new EventStream(this, options);
  }

  /** One page of leads. */
  listLeads(
    /** @type {import('./hub.js').LeadQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/crm/leads', options, query);
  }

  /** One lead. */
  lead(/** @type {string} */ id, /** @type {ReadOptions} */ options = {}) {
    return this.#read(`/crm/leads/${encodeURIComponent(id)}`, options);
  }

  /** Creates a lead. The same idempotency key and body never creates a second one. */
  createLead(
    /** @type {import('./hub.js').NewLead} */ lead,
    /** @type {CreateOptions} */ options = {},
  ) {
    return this.#post('/crm/leads', lead, options);
  }

  /** Changes a lead; fields that are left out stay as they are. */
  updateLead(
    /** @type {string} */ id,
    /** @type {import('./hub.js').LeadPatch} */ patch,
    /** @type {UpdateOptions} */ options = {},
  ) {
    return this.#patch(`/crm/leads/${encodeURIComponent(id)}`, patch, options);
  }

  /** Makes a customer of a lead and, with an opportunity, a deal; gives the lead. */
  convertLead(
    /** @type {string} */ id,
    /** @type {import('./hub.js').LeadConversion} */ conversion = {},
    /** @type {CreateOptions} */ options = {},
  ) {
    return this.#post(`/crm/leads/${encodeURIComponent(id)}/convert`, conversion, options);
  }

  /** Deletes a lead, an opportunity, an order or a task, by its subject: `leads/<id>`. */
  remove(/** @type {string} */ subject, /** @type {UpdateOptions} */ options = {}) {
    return this.#change('DELETE', placeOf(subject), undefined, options);
  }

  /** One page of what happened to a lead, an opportunity or an order, by its subject. */
  timeline(
    /** @type {string} */ subject,
    /** @type {import('./hub.js').PageQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read(`${placeOf(subject)}/timeline`, options, query);
  }

  /** One page of how something moved from state to state, by its subject. */
  moves(
    /** @type {string} */ subject,
    /** @type {import('./hub.js').PageQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read(`${placeOf(subject)}/history`, options, query);
  }

  /** One page of opportunities. */
  listOpportunities(
    /** @type {import('./hub.js').OpportunityQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/crm/opportunities', options, query);
  }

  /** One opportunity. */
  opportunity(/** @type {string} */ id, /** @type {ReadOptions} */ options = {}) {
    return this.#read(`/crm/opportunities/${encodeURIComponent(id)}`, options);
  }

  /** Creates an opportunity of a lead. */
  createOpportunity(
    /** @type {import('./hub.js').NewOpportunity} */ opportunity,
    /** @type {CreateOptions} */ options = {},
  ) {
    return this.#post('/crm/opportunities', opportunity, options);
  }

  /** Changes an opportunity or moves it to another stage. */
  updateOpportunity(
    /** @type {string} */ id,
    /** @type {import('./hub.js').OpportunityPatch} */ patch,
    /** @type {UpdateOptions} */ options = {},
  ) {
    return this.#patch(`/crm/opportunities/${encodeURIComponent(id)}`, patch, options);
  }

  /** One page of orders. */
  listOrders(
    /** @type {import('./hub.js').OrderQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/logistics/orders', options, query);
  }

  /** One order. */
  order(/** @type {string} */ id, /** @type {ReadOptions} */ options = {}) {
    return this.#read(`/logistics/orders/${encodeURIComponent(id)}`, options);
  }

  /** Creates an order; its total is the sum of its lines. */
  createOrder(
    /** @type {import('./hub.js').NewOrder} */ order,
    /** @type {CreateOptions} */ options = {},
  ) {
    return this.#post('/logistics/orders', order, options);
  }

  /** Moves an order to another status, or gives it another owner. */
  updateOrder(
    /** @type {string} */ id,
    /** @type {import('./hub.js').OrderPatch} */ patch,
    /** @type {UpdateOptions} */ options = {},
  ) {
    return this.#patch(`/logistics/orders/${encodeURIComponent(id)}`, patch, options);
  }

  /** One page of deliveries. */
  listDeliveries(
    /** @type {import('./hub.js').DeliveryQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/logistics/deliveries', options, query);
  }

  /** One delivery. */
  delivery(/** @type {string} */ id, /** @type {ReadOptions} */ options = {}) {
    return this.#read(`/logistics/deliveries/${encodeURIComponent(id)}`, options);
  }

  /** Schedules a delivery; an order has at most one that is active. */
  scheduleDelivery(
    /** @type {import('./hub.js').NewDelivery} */ delivery,
    /** @type {CreateOptions} */ options = {},
  ) {
    return this.#post('/logistics/delivery', delivery, options);
  }

  /** Moves a delivery to another status, or says who carries it. */
  updateDelivery(
    /** @type {string} */ id,
    /** @type {import('./hub.js').DeliveryPatch} */ patch,
    /** @type {UpdateOptions} */ options = {},
  ) {
    return this.#patch(`/logistics/deliveries/${encodeURIComponent(id)}`, patch, options);
  }

  /** One page of tasks. */
  listTasks(
    /** @type {import('./hub.js').TaskQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/task/tasks', options, query);
  }

  /** One task. */
  task(/** @type {string} */ id, /** @type {ReadOptions} */ options = {}) {
    return this.#read(`/task/tasks/${encodeURIComponent(id)}`, options);
  }

  /** Creates a task. */
  createTask(
    /** @type {import('./hub.js').NewTask} */ task,
    /** @type {CreateOptions} */ options = {},
  ) {
    return this.#post('/task/tasks', task, options);
  }

  /** Changes a task or moves it to another status. */
  updateTask(
    /** @type {string} */ id,
    /** @type {import('./hub.js').TaskPatch} */ patch,
    /** @type {UpdateOptions} */ options = {},
  ) {
    return this.#patch(`/task/tasks/${encodeURIComponent(id)}`, patch, options);
  }

  /** One page of feedback. */
  listFeedback(
    /** @type {import('./hub.js').FeedbackQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/task/feedback', options, query);
  }

  /** One piece of feedback. */
  oneFeedback(/** @type {string} */ id, /** @type {ReadOptions} */ options = {}) {
    return this.#read(`/task/feedback/${encodeURIComponent(id)}`, options);
  }

  /** Says how something went; about a decision, it teaches the agent. */
  giveFeedback(
    /** @type {import('./hub.js').NewFeedback} */ feedback,
    /** @type {CreateOptions} */ options = {},
  ) {
    return this.#post('/task/feedback', feedback, options);
  }

  /** The rules that react to events. */
  listWorkflows(
    /** @type {import('./hub.js').PageQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/task/workflows', options, query);
  }

  /** One rule. */
  workflow(/** @type {string} */ id, /** @type {ReadOptions} */ options = {}) {
    return this.#read(`/task/workflows/${encodeURIComponent(id)}`, options);
  }

  /** What a rule did, and for which events. */
  listWorkflowRuns(
    /** @type {string} */ id,
    /** @type {import('./hub.js').PageQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read(`/task/workflows/${encodeURIComponent(id)}/runs`, options, query);
  }

  /** Asks the agent which action to take. */
  decide(
    /** @type {import('./hub.js').NewDecision} */ question,
    /** @type {CreateOptions} */ options = {},
  ) {
    return this.#post('/bhiv/agent/decide', question, options);
  }

  /** One page of decisions. */
  listDecisions(
    /** @type {import('./hub.js').DecisionQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/bhiv/agent/decisions', options, query);
  }

  /** One decision, with why it was made. */
  decision(/** @type {string} */ id, /** @type {ReadOptions} */ options = {}) {
    return this.#read(`/bhiv/agent/decisions/${encodeURIComponent(id)}`, options);
  }

  /** The policy that the agent decides by. */
  agentPolicy(/** @type {ReadOptions} */ options = {}) {
    return this.#read('/bhiv/agent/policy', options);
  }

  /** Reports an event; the answer names it before anything has reacted. */
  publish(
    /** @type {import('./hub.js').NewEvent} */ event,
    /** @type {CreateOptions} */ options = {},
  ) {
    return this.#post('/event/unified', event, options);
  }

  /** A reported event and how far each branch is. */
  reportedEvent(/** @type {string} */ id, /** @type {ReadOptions} */ options = {}) {
    return this.#read(`/event/${encodeURIComponent(id)}`, options);
  }

  /** One page of the inbox. */
  listNotifications(
    /** @type {import('./hub.js').NotificationQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/notifications', options, query);
  }

  /** One notification. */
  notification(/** @type {string} */ id, /** @type {ReadOptions} */ options = {}) {
    return this.#read(`/notifications/${encodeURIComponent(id)}`, options);
  }

  /** How many notifications are in each state. */
  countNotifications(/** @type {ReadOptions} */ options = {}) {
    return this.#read('/notifications/counts', options);
  }

  /** Marks a notification as seen, read or archived. */
  updateNotification(
    /** @type {string} */ id,
    /** @type {import('./hub.js').NotificationPatch} */ patch,
    /** @type {UpdateOptions} */ options = {},
  ) {
    return this.#patch(`/notifications/${encodeURIComponent(id)}`, patch, options);
  }

  /** What people agreed to, and took back. */
  listConsents(
    /** @type {import('./hub.js').ConsentQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/compliance/consents', options, query);
  }

  /** Grants or withdraws consent for one purpose. */
  recordConsent(
    /** @type {import('./hub.js').NewConsent} */ consent,
    /** @type {CreateOptions} */ options = {},
  ) {
    return this.#post('/compliance/consents', consent, options);
  }

  /** What consent is asked for. */
  listPurposes(
    /** @type {import('./hub.js').PageQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/compliance/purposes', options, query);
  }

  /** The rules that permit and forbid. */
  listPolicies(
    /** @type {import('./hub.js').PageQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/compliance/policies', options, query);
  }

  /** What the rules said about events. */
  listChecks(
    /** @type {import('./hub.js').CheckQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/compliance/checks', options, query);
  }

  /** One page of the unified log. */
  listLogs(
    /** @type {import('./hub.js').LogQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/logs', options, query);
  }

  /**
   * The unified log as it grows: its `event`s are entries. Without `after` it begins now.
   * @returns {EventStream}
   */
  tailLogs(
    /** @type {import('./hub.js').LogQuery} */ query = {},
    /** @type {import('./hub.js').StreamOptions} */ options = {},
  ) {
    return new EventStream(this, { ...options, path: '/logs', query });
  }

  /** How far each processor is. */
  listProcessors(/** @type {ReadOptions} */ options = {}) {
    return this.#read('/admin/processors', options);
  }

  /** Events that a processor could not take. */
  listDeadLetters(
    /** @type {import('./hub.js').DeadLetterQuery} */ query = {},
    /** @type {ReadOptions} */ options = {},
  ) {
    return this.#read('/admin/dead-letters', options, query);
  }

  /** One dead letter. */
  deadLetter(/** @type {string} */ id, /** @type {ReadOptions} */ options = {}) {
    return this.#read(`/admin/dead-letters/${encodeURIComponent(id)}`, options);
  }

  /** Gives a dead letter to its processor once more. */
  replayDeadLetter(
    /** @type {string} */ id,
    /** @type {CreateOptions} */ options = {},
  ) {
    return this.#post(`/admin/dead-letters/${encodeURIComponent(id)}/replay`, undefined, options);
  }

  #read(
    /** @type {string} */ path,
    /** @type {ReadOptions} */ { signal },
    /** @type {object} */ query = {},
  ) {
    return this.request(path, { query: { ...query }, signal });
  }

  #post(
    /** @type {string} */ path,
    /** @type {unknown} */ body,
    /** @type {CreateOptions} */ options,
  ) {
    /** @type {Record<string, string>} */
    const headers = { 'Idempotency-Key': options.idempotencyKey ?? crypto.randomUUID() };
    if (options.traceparent) headers.traceparent = options.traceparent;
    const query = options.allowDuplicate ? { allow_duplicate: 'true' } : undefined;
    return this.request(path, { method: 'POST', body, query, headers, signal: options.signal });
  }

  #patch(
    /** @type {string} */ path,
    /** @type {unknown} */ body,
    /** @type {UpdateOptions} */ options,
  ) {
    return this.#change('PATCH', path, body, options);
  }

  #change(
    /** @type {string} */ method,
    /** @type {string} */ path,
    /** @type {unknown} */ body,
    /** @type {UpdateOptions} */ options,
  ) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (options.version !== undefined) headers['If-Match'] = `"${options.version}"`;
    if (options.traceparent) headers.traceparent = options.traceparent;
    return this.request(path, { method, body, headers, signal: options.signal });
  }
}

/** @type {Record<string, string>} */
const COLLECTIONS = {
  leads: '/crm/leads',
  opportunities: '/crm/opportunities',
  orders: '/logistics/orders',
  deliveries: '/logistics/deliveries',
  tasks: '/task/tasks',
};

/** Where a thing is found, by its subject. */
function placeOf(/** @type {string} */ subject) {
  const [kind, id] = subject.split('/');
  return `${COLLECTIONS[kind]}/${encodeURIComponent(id)}`;
}

/** Who a token speaks for. Read for display only: the hub alone can verify it. */
export function readToken(/** @type {string} */ token) {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    const roles = [claims.roles ?? claims.role ?? []].flat().map(String);
    const expiresAt = Number.isFinite(claims.exp) ? new Date(claims.exp * 1_000) : null;
    return { subject: String(claims.sub ?? ''), roles, expiresAt };
  } catch {
    return null;
  }
}

async function readProblem(/** @type {Response} */ response) {
  const body = await response.json().catch(() => ({}));
  const retryAfter = response.headers.get('retry-after') ?? '';
  return new HubProblem({
    title: response.statusText,
    ...body,
    status: response.status,
    retry_after_seconds: /^[0-9]+$/.test(retryAfter) ? Number(retryAfter) : 0,
  });
}
