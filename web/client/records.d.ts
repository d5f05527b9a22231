// What the hub keeps, as its REST calls take it (`New…`, `…Patch`) and give it, in snake_case.
// Ids are UUIDs, times RFC 3339 UTC, money a decimal string beside an ISO 4217 currency.

import type { HubEvent } from './hub.js';

/** What the hub learned about how something will go, and what spoke for it. */
export interface Factor {
  /** A feature's name; `bias` is what every subject gets. */
  feature: string;
  /** The value of a category; null for a number. */
  category?: string | null;
  /** What it adds to the score. */
  amount: number;
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
  /** The chance of a good outcome, 0 to 1; null before the first scoring. */
  score: number | null;
  score_factors: Factor[];
  /** Counts the scorings; they leave `version` as it is. */
  score_version: number;
  status: LeadStatus;
  /** From then on it can't be changed. */
  converted_at: string | null;
  /** The deal that its conversion made. */
  converted_opportunity: string | null;
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

export type LeadPatch = Partial<Omit<NewLead, 'consent_flag'>> & {
  team?: string | null;
  status?: LeadStatus;
};

export interface LeadConversion {
  /** The deal to make with it. */
  opportunity?: Omit<NewOpportunity, 'lead_id'>;
  consent_flag?: boolean;
}

/** What happened to a thing, or to what hangs on it. */
export interface TimelineEntry {
  position: string;
  event: string;
  subject: string;
  id: string;
  time: string;
  actor: string;
  traceparent: string;
  /** The event that it follows from; null for what somebody did. */
  causationid: string | null;
  /** The fields that changed. */
  changed: string[];
  /** What the thing was like then. */
  data: Record<string, unknown>;
}

/** How a thing moved from state to state. */
export interface Move {
  position: string;
  event: string;
  time: string;
  actor: string;
  /** null for its first state. */
  from: string | null;
  to: string;
  reason: string | null;
}

export type OpportunityStage =
  | 'prospecting' | 'qualification' | 'proposal' | 'negotiation' | 'won' | 'lost';

export interface Opportunity {
  id: string;
  lead_id: string;
  name: string;
  /** A decimal string, as all money. */
  value: string;
  /** ISO 4217. */
  currency: string;
  stage: OpportunityStage;
  /** The stage before; null until it has moved. */
  last_stage: OpportunityStage | null;
  /** Percent. */
  probability: number;
  /** The value times the probability. */
  weighted_value: string;
  /** `2026-12-01`. */
  expected_close: string | null;
  owner: string | null;
  lost_reason: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface NewOpportunity {
  lead_id: string;
  name: string;
  value: string;
  currency: string;
  stage?: OpportunityStage;
  probability?: number;
  expected_close?: string;
  owner?: string;
}

export type OpportunityPatch = Partial<Omit<NewOpportunity, 'lead_id'>> & {
  lost_reason?: string | null;
};

export type OrderStatus =
  | 'draft' | 'confirmed' | 'packed' | 'shipped' | 'delivered' | 'cancelled';

export interface OrderLine {
  sku: string;
  quantity: number;
  unit_price: string;
}

export interface Order {
  id: string;
  opp_id: string;
  lead_id: string;
  currency: string;
  lines: OrderLine[];
  total: string;
  status: OrderStatus;
  owner: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface NewOrder {
  opp_id: string;
  currency: string;
  lines: OrderLine[];
  /** Refused unless it is the sum of the lines. */
  total?: string;
  owner?: string;
}

export interface OrderPatch {
  status?: OrderStatus;
  owner?: string | null;
}

export type DeliveryStatus =
  | 'scheduled' | 'out_for_delivery' | 'delivered' | 'failed' | 'rescheduled' | 'returned';

export interface Delivery {
  id: string;
  order_id: string;
  lead_id: string;
  delivery_date: string;
  status: DeliveryStatus;
  carrier: string | null;
  tracking: string | null;
  attempts: number;
  proof: string | null;
  owner: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface NewDelivery {
  order_id: string;
  delivery_date: string;
  carrier?: string;
  tracking?: string;
}

export type DeliveryPatch = Partial<Omit<NewDelivery, 'order_id'>> & {
  status?: DeliveryStatus;
  proof?: string | null;
};

export type TaskStatus = 'open' | 'in_progress' | 'done' | 'cancelled';
export type TaskPriority = 'low' | 'normal' | 'high' | 'urgent';

export interface Task {
  id: string;
  title: string;
  subject: string | null;
  /** The lead behind what it is about. */
  lead_id: string | null;
  assignee: string | null;
  due: string | null;
  priority: TaskPriority;
  status: TaskStatus;
  description: string | null;
  /** The rule that made it, and for which event; null when a person did. */
  origin: { rule: string; event: string } | null;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface NewTask {
  title: string;
  subject?: string;
  assignee?: string;
  due?: string;
  priority?: TaskPriority;
  description?: string;
}

export type TaskPatch = Partial<NewTask> & { status?: TaskStatus };

export interface Feedback {
  id: string;
  /** `decisions/<uuid>`, `tasks/…`, `leads/…`, `orders/…` or `deliveries/…`. */
  subject: string;
  lead_id: string | null;
  /** 1 to 5. */
  rating: number | null;
  /** −1 to 1. */
  reward: number | null;
  comment: string | null;
  actor: string;
  created_at: string;
}

/** At least one of rating, reward and comment. */
export interface NewFeedback {
  subject: string;
  rating?: number;
  reward?: number;
  comment?: string;
}

export interface ActionAnswer {
  action: string;
  /** The expected reward from 0 to 1; null if the action was excluded. */
  score: number | null;
  /** Where the expected reward lies with 95 %. */
  low: number | null;
  high: number | null;
  /** Whether the action was ever learned from; if not, its score is the prior. */
  learned: boolean;
  propensity: number;
  /** The rule that excluded it. */
  excluded_by: string | null;
}

export interface AgentDecision {
  id: string;
  subject: string;
  lead_id: string | null;
  context: Record<string, unknown> | null;
  /** `no_action` when every candidate was excluded. */
  action: string;
  probability: number;
  actions: ActionAnswer[];
  explanation: Factor[];
  mode: 'live' | 'shadow';
  policy: { id: string; version: number };
  model: { version: number; position: string };
  /** Whether nothing learned stood behind the choice. */
  fallback: boolean;
  actor: string;
  created_at: string;
}

export interface NewDecision {
  subject: string;
  context?: Record<string, unknown>;
  /** Candidates; without them or a set, the default set for the subject's kind is taken. */
  actions?: string[];
  action_set?: string;
  mode?: 'live' | 'shadow';
  deadline_ms?: number;
}

export interface NewEvent {
  task_id?: string;
  user_id?: string;
  event_type: string;
  consent_flag?: boolean;
  payload?: unknown;
}

export interface Branch {
  state: 'pending' | 'done' | 'denied' | 'failed';
  result: any;
}

export interface ReportedEvent {
  event: HubEvent;
  branches: Record<'compliance' | 'rl' | 'workflow' | 'log', Branch>;
}

export type NotificationState = 'unseen' | 'seen' | 'read' | 'archived';

export interface Notification {
  id: string;
  recipient: string;
  category: string;
  title: string;
  body: string;
  subject: string | null;
  state: NotificationState;
  created_at: string;
  seen_at: string | null;
  read_at: string | null;
  archived_at: string | null;
}

export interface NotificationPatch {
  state: 'seen' | 'read' | 'archived';
}

export type ConsentStatus = 'granted' | 'withdrawn';

export interface Consent {
  id: string;
  /** `leads/<uuid>` or `users/<id>`. */
  subject: string;
  purpose: string;
  status: ConsentStatus;
  actor: string;
  recorded_at: string;
}

export interface NewConsent {
  subject: string;
  purpose: string;
  status: ConsentStatus;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogEntry {
  id: string;
  time: string;
  level: LogLevel;
  module: string;
  event_type: string;
  message: string;
  user_id: string | null;
  task_id: string | null;
  trace_id: string;
  subject: string | null;
  position: string | null;
  data: any;
}

export type ProcessorName = 'compliance' | 'rl' | 'workflow' | 'notifications' | 'log';

export interface Processor {
  name: ProcessorName;
  cursor: string;
  /** How far it is behind the log's head. */
  lag: { positions: number; seconds: number };
  /** The instance that does its work; null while nobody does. */
  holder: string | null;
  leased_until: string | null;
  dead_letters: number;
}

/** What the instance that answers has counted since it started. */
export interface ProcessorReading {
  name: ProcessorName;
  leased: boolean;
  steps: number;
  effects: number;
  dead_letters: number;
  failures: number;
}

export interface DeadLetter {
  id: string;
  processor: ProcessorName;
  event: string;
  position: string;
  reason: string;
  attempts: number;
  state: 'waiting' | 'replaying' | 'replayed';
  created_at: string;
  updated_at: string;
}
