// Types of the Unified Core client (hub.js), checked against it with `tsc --checkJs`.
// Shapes follow the wire contract: ids are `<epoch>-<position>`, times RFC 3339 UTC.

/** A CloudEvents 1.0 object as the hub sends it. */
export interface HubEvent<Data = any> {
  id: string;
  source: string;
  specversion: '1.0';
  /** `in.bhiv.` and the event's name. */
  type: string;
  /** `leads/<uuid>`, `orders/<uuid>` … */
  subject?: string;
  time: string;
  datacontenttype?: string;
  data: Data;
  /** Place in the log, a decimal string that counts up from 1 without a hole. */
  position: string;
  traceparent?: string;
  actor?: string;
}

export type LeadStatus =
  | 'new' | 'contacted' | 'qualified' | 'converted' | 'disqualified' | 'recycled';

export interface Lead {
  id: string;
  name: string;
  email: string | null;
  phone: string | null;
  company: string | null;
  source: string | null;
  owner: string | null;
  team: string | null;
  tags: string[];
  score: number | null;
  status: LeadStatus;
  duplicate_allowed: boolean;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface NewLead {
  name: string;
  email?: string;
  phone?: string;
  company?: string;
  source?: string;
  owner?: string;
  tags?: string[];
  /** false refuses the command; absent leaves it to the record on file. */
  consent_flag?: boolean;
}

export interface Page<Item> {
  data: Item[];
  next_cursor: string | null;
}

export interface HistoryPage extends Page<HubEvent> {
  /** The id to stream after so that nothing is missed or repeated. */
  head: string | null;
}

export interface EventFilter {
  /** Names with commas between them, `*` at the end: `lead_created,order_*`. */
  types?: string;
  subject?: string;
  /** Kinds of subject: `lead,order`. */
  entity?: string;
}

export interface HistoryQuery extends EventFilter {
  limit?: number;
  cursor?: string;
}

export interface LeadQuery {
  limit?: number;
  cursor?: string;
  q?: string;
  status?: LeadStatus;
  sort?: string;
}

export interface HubOptions {
  /** Where the hub is; in a browser the page's own origin. */
  url?: string;
  /** Bearer token; absent in a browser the session cookie speaks for the user. */
  token?: string;
  fetch?: typeof globalThis.fetch;
}

export interface RequestOptions {
  method?: string;
  query?: Record<string, string | number | boolean | null | undefined>;
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
}

export interface CreateOptions {
  /** Keep it across retries of the same body; made fresh when absent. */
  idempotencyKey?: string;
  allowDuplicate?: boolean;
  signal?: AbortSignal;
}

export interface StreamOptions {
  /** Where to resume; without it the stream starts from now, or from the history's head. */
  after?: string;
  /** Past events to read before the first connection; 0 reads none. */
  historyLimit?: number;
  query?: EventFilter & {
    policy?: 'disconnect' | 'latest' | 'skip';
    max_rate?: number;
    stream?: string;
  };
  random?: () => number;
}

/**
 * connecting  an attempt is under way
 * replaying   connected, still receiving what happened meanwhile
 * live        connected and up to date
 * stale       connected, but the hub has been silent for too long
 * waiting     cut off, the next attempt is scheduled
 * ended       refused for good: sign in again, or ask for the right
 * closed      closed by the caller
 */
export type StreamState =
  | 'connecting' | 'replaying' | 'live' | 'stale' | 'waiting' | 'ended' | 'closed';

export interface Gap {
  reason: 'trimmed' | 'unknown_epoch' | 'future' | 'malformed' | 'slow';
  from: string | null;
  to: string;
  /** What to read again to be up to date. */
  reload: string;
}

export interface StreamEvents {
  history: CustomEvent<HistoryPage>;
  event: CustomEvent<HubEvent>;
  gap: CustomEvent<Gap>;
  state: CustomEvent<{ state: StreamState; problem: HubProblem | null; failures: number }>;
  /** The stream has ended for good for this reason. */
  problem: CustomEvent<HubProblem>;
}

export type SseFrame =
  | { kind: 'event'; event: string; data: string; id: string }
  | { kind: 'id'; id: string }
  | { kind: 'comment'; text: string }
  | { kind: 'retry'; milliseconds: number };

export const SILENCE_SECONDS_MAX: number;
export const SILENCE_SECONDS_STALE: number;

export class HubProblem extends Error {
  constructor(body: Record<string, any>);
  /** HTTP status; 0 when the hub could not be reached. */
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly traceId: string;
  readonly retryAfterSeconds: number;
  /** The whole answer, for members that only some problems have (`existing`). */
  readonly body: Record<string, any>;
  readonly fields: Record<string, string>;
  readonly isTransient: boolean;
  readonly needsSignIn: boolean;
}

export class SseParser {
  push(bytes: Uint8Array): SseFrame[];
}

export class EventCursor {
  readonly last: string;
  advance(id: string): boolean;
  reset(id: string): void;
  hasReached(head: string): boolean;
}

export class EventStream extends EventTarget {
  constructor(hub: Hub, options?: StreamOptions);
  readonly state: StreamState;
  readonly delivered: number;
  readonly isReachable: boolean;
  readonly lastHeardAt: number;
  readonly nextAttemptAt: number;
  readonly lastId: string;
  check(): void;
  reconnect(): void;
  close(): void;
  addEventListener<Name extends keyof StreamEvents>(
    type: Name,
    listener: (event: StreamEvents[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

export class Hub {
  constructor(options?: HubOptions);
  open(path: string, options?: RequestOptions): Promise<Response>;
  request<Answer = any>(path: string, options?: RequestOptions): Promise<Answer>;
  history(query?: HistoryQuery, options?: { signal?: AbortSignal }): Promise<HistoryPage>;
  stream(options?: StreamOptions): EventStream;
  listLeads(query?: LeadQuery, options?: { signal?: AbortSignal }): Promise<Page<Lead>>;
  lead(id: string, options?: { signal?: AbortSignal }): Promise<Lead>;
  createLead(lead: NewLead, options?: CreateOptions): Promise<Lead>;
}

export function parseId(
  id: string | null | undefined,
): { epoch: string; position: bigint } | null;

export function backoffMilliseconds(
  attempt: number, base: number, random?: () => number,
): number;

export function readToken(
  token: string,
): { subject: string; roles: string[]; expiresAt: Date | null } | null;
