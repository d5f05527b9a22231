// Types of the Unified Core client (hub.js), checked against it with `tsc --checkJs`.
// What the calls take and give is in records.d.ts. Shapes follow the wire contract: ids of events
// are `<epoch>-<position>`, times RFC 3339 UTC.

import type {
  AgentDecision, Consent, ConsentStatus, DeadLetter, Delivery, DeliveryPatch, DeliveryStatus,
  Feedback, Lead, LeadConversion, LeadPatch, LeadStatus, LogEntry, LogLevel, Move, NewConsent,
  NewDecision, NewDelivery, NewEvent, NewFeedback, NewLead, NewOpportunity, NewOrder, NewTask,
  Notification, NotificationPatch, NotificationState, Opportunity, OpportunityPatch,
  OpportunityStage, Order, OrderPatch, OrderStatus, Processor, ProcessorName, ProcessorReading,
  ReportedEvent, Task, TaskPatch, TaskPriority, TaskStatus, TimelineEntry,
} from './records.js';

export * from './records.js';

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

export interface Page<Item> {
  data: Item[];
  next_cursor: string | null;
}

export interface HistoryPage extends Page<HubEvent> {
  /** The id to stream after so that nothing is missed or repeated. */
  head: string | null;
}

export interface ProcessorPage extends Page<Processor> {
  /** The log's last position. */
  head: string;
  /** How far the audit trail is sealed, and by whom. */
  sealer: {
    cursor: string;
    lag: { rows: number };
    holder: string | null;
    leased_until: string | null;
  };
  this_instance: ProcessorReading[];
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

export interface PageQuery {
  limit?: number;
  cursor?: string;
}

export interface LeadQuery extends PageQuery {
  q?: string;
  status?: LeadStatus;
  sort?: string;
}

export interface OpportunityQuery extends PageQuery {
  lead_id?: string;
  stage?: OpportunityStage;
  owner?: string;
  sort?: string;
}

export interface OrderQuery extends PageQuery {
  opp_id?: string;
  lead_id?: string;
  owner?: string;
  status?: OrderStatus;
  sort?: string;
}

export interface DeliveryQuery extends PageQuery {
  order_id?: string;
  lead_id?: string;
  delivery_date?: string;
  owner?: string;
  status?: DeliveryStatus;
  sort?: string;
}

export interface TaskQuery extends PageQuery {
  status?: TaskStatus;
  priority?: TaskPriority;
  assignee?: string;
  subject?: string;
  overdue?: boolean;
  sort?: string;
}

export interface FeedbackQuery extends PageQuery {
  subject?: string;
  actor?: string;
}

export interface DecisionQuery extends PageQuery {
  subject?: string;
  action?: string;
  mode?: 'live' | 'shadow';
}

export interface NotificationQuery extends PageQuery {
  state?: NotificationState;
  category?: string;
}

export interface ConsentQuery extends PageQuery {
  subject?: string;
  purpose?: string;
  status?: ConsentStatus;
}

export interface LogQuery extends PageQuery {
  /** With it the entries come oldest first: the story of one trace. */
  trace_id?: string;
  level?: LogLevel;
  module?: string;
  event_type?: string;
  user_id?: string;
  task_id?: string;
  subject?: string;
  from?: string;
  to?: string;
  q?: string;
}

export interface CheckQuery extends PageQuery {
  subject?: string;
}

export interface DeadLetterQuery extends PageQuery {
  processor?: ProcessorName;
  state?: DeadLetter['state'];
}

export interface HubOptions {
  /** Where the hub is; in a browser the page's own origin. */
  url?: string;
  /** Bearer token; absent in a browser the session cookie speaks for the user. */
  token?: string;
  /** Renews the user's session; true when requests may be sent again. */
  renew?: () => Promise<boolean>;
  fetch?: typeof globalThis.fetch;
}

export interface RequestOptions {
  method?: string;
  query?: Record<string, string | number | boolean | null | undefined>;
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
}

export interface ReadOptions {
  signal?: AbortSignal;
}

export interface CreateOptions {
  /** Keep it across retries of the same body; made fresh when absent. */
  idempotencyKey?: string;
  allowDuplicate?: boolean;
  /** W3C trace context: what follows from the command carries its trace id. */
  traceparent?: string;
  signal?: AbortSignal;
}

export interface UpdateOptions {
  /** The version that was read; a later one is a 412 instead of being overwritten. */
  version?: number;
  traceparent?: string;
  signal?: AbortSignal;
}

export interface StreamOptions {
  /** What to stream: `/events` unless said otherwise. */
  path?: string;
  /** Where to resume; without it the stream starts from now, or from the history's head. */
  after?: string;
  /** Past events to read before the first connection; 0 reads none. */
  historyLimit?: number;
  query?: (EventFilter | LogQuery) & {
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
  listLeads(query?: LeadQuery, options?: ReadOptions): Promise<Page<Lead>>;
  lead(id: string, options?: ReadOptions): Promise<Lead>;
  createLead(lead: NewLead, options?: CreateOptions): Promise<Lead>;
  updateLead(id: string, patch: LeadPatch, options?: UpdateOptions): Promise<Lead>;
  convertLead(id: string, conversion?: LeadConversion, options?: CreateOptions): Promise<Lead>;
  remove(subject: string, options?: UpdateOptions): Promise<void>;
  timeline(
    subject: string, query?: PageQuery, options?: ReadOptions,
  ): Promise<Page<TimelineEntry>>;
  moves(subject: string, query?: PageQuery, options?: ReadOptions): Promise<Page<Move>>;
  listOpportunities(query?: OpportunityQuery, options?: ReadOptions): Promise<Page<Opportunity>>;
  opportunity(id: string, options?: ReadOptions): Promise<Opportunity>;
  createOpportunity(opportunity: NewOpportunity, options?: CreateOptions): Promise<Opportunity>;
  updateOpportunity(
    id: string, patch: OpportunityPatch, options?: UpdateOptions,
  ): Promise<Opportunity>;
  listOrders(query?: OrderQuery, options?: ReadOptions): Promise<Page<Order>>;
  order(id: string, options?: ReadOptions): Promise<Order>;
  createOrder(order: NewOrder, options?: CreateOptions): Promise<Order>;
  updateOrder(id: string, patch: OrderPatch, options?: UpdateOptions): Promise<Order>;
  listDeliveries(query?: DeliveryQuery, options?: ReadOptions): Promise<Page<Delivery>>;
  delivery(id: string, options?: ReadOptions): Promise<Delivery>;
  scheduleDelivery(delivery: NewDelivery, options?: CreateOptions): Promise<Delivery>;
  updateDelivery(id: string, patch: DeliveryPatch, options?: UpdateOptions): Promise<Delivery>;
  listTasks(query?: TaskQuery, options?: ReadOptions): Promise<Page<Task>>;
  task(id: string, options?: ReadOptions): Promise<Task>;
  createTask(task: NewTask, options?: CreateOptions): Promise<Task>;
  updateTask(id: string, patch: TaskPatch, options?: UpdateOptions): Promise<Task>;
  listFeedback(query?: FeedbackQuery, options?: ReadOptions): Promise<Page<Feedback>>;
  oneFeedback(id: string, options?: ReadOptions): Promise<Feedback>;
  giveFeedback(feedback: NewFeedback, options?: CreateOptions): Promise<Feedback>;
  listWorkflows(query?: PageQuery, options?: ReadOptions): Promise<Page<any>>;
  workflow(id: string, options?: ReadOptions): Promise<any>;
  listWorkflowRuns(id: string, query?: PageQuery, options?: ReadOptions): Promise<Page<any>>;
  decide(question: NewDecision, options?: CreateOptions): Promise<AgentDecision>;
  listDecisions(query?: DecisionQuery, options?: ReadOptions): Promise<Page<AgentDecision>>;
  decision(id: string, options?: ReadOptions): Promise<AgentDecision>;
  agentPolicy(options?: ReadOptions): Promise<any>;
  publish(event: NewEvent, options?: CreateOptions): Promise<{ id: string }>;
  reportedEvent(id: string, options?: ReadOptions): Promise<ReportedEvent>;
  listNotifications(query?: NotificationQuery, options?: ReadOptions): Promise<Page<Notification>>;
  notification(id: string, options?: ReadOptions): Promise<Notification>;
  countNotifications(options?: ReadOptions): Promise<Record<NotificationState, number>>;
  updateNotification(
    id: string, patch: NotificationPatch, options?: UpdateOptions,
  ): Promise<Notification>;
  listConsents(query?: ConsentQuery, options?: ReadOptions): Promise<Page<Consent>>;
  recordConsent(consent: NewConsent, options?: CreateOptions): Promise<Consent>;
  listPurposes(query?: PageQuery, options?: ReadOptions): Promise<Page<any>>;
  listPolicies(query?: PageQuery, options?: ReadOptions): Promise<Page<any>>;
  listChecks(query?: CheckQuery, options?: ReadOptions): Promise<Page<any>>;
  listLogs(query?: LogQuery, options?: ReadOptions): Promise<Page<LogEntry>>;
  tailLogs(query?: LogQuery, options?: StreamOptions): EventStream;
  listProcessors(options?: ReadOptions): Promise<ProcessorPage>;
  listDeadLetters(query?: DeadLetterQuery, options?: ReadOptions): Promise<Page<DeadLetter>>;
  deadLetter(id: string, options?: ReadOptions): Promise<DeadLetter>;
  replayDeadLetter(id: string, options?: CreateOptions): Promise<DeadLetter>;
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
