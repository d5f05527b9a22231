// The eight steps of the pipeline as data: what each asks for, sends and shows when it is done.
// A form asks for the id of the step before with a list of what there is; the journey's own
// record is chosen for it. panels/step-form.js makes the forms; step 1 has its own in index.html.

import { element } from './panels/dom.js';
import { decisionBars } from './panels/bars.js';
import { words } from './words.js';

const CURRENCIES = ['INR', 'USD', 'EUR', 'GBP', 'AED', 'SGD', 'JPY'];
const ACTIONS = {
  orders: 'standard, express, hold',
  leads: 'call, email, wait',
  deliveries: 'proceed, reschedule, notify',
};
const DAY_MILLISECONDS = 86_400_000;

/** What a list calls a record of each kind. */
export const NAMES = {
  leads: ({ name, company }) => [name, company].filter(Boolean).join(', '),
  opportunities: ({ name, value, currency }) => `${name}, ${money(value, currency)}`,
  orders: ({ id, total, currency, lines }) =>
    `${lines?.[0]?.sku ?? shortId(id)}, ${money(total, currency)}`,
  deliveries: ({ delivery_date: date, carrier }) =>
    [`Delivery on ${date}`, carrier].filter(Boolean).join(', '),
  decisions: ({ action, subject }) => `${words(action)} for ${shortSubject(subject)}`,
  tasks: ({ title }) => title,
};

/** The steps, in order. A journey keeps what a step made under the step's `key`. */
export const STEPS = [
  { key: 'lead', title: 'Lead', kind: 'leads', event: 'lead_created', thing: 'lead' },
  {
    key: 'opportunity',
    title: 'Opportunity',
    kind: 'opportunities',
    event: 'opportunity_created',
    thing: 'opportunity',
    hint: 'A chance to sell something to a lead.',
    submit: 'Create opportunity',
    fields: [
      from('lead_id', 'Lead', 'lead', 'leads'),
      { name: 'name', label: 'Name', required: true, wide: true, placeholder: 'Annual plan' },
      { name: 'value', label: 'Value', required: true, type: 'money', placeholder: '12500.00' },
      currency(),
      {
        name: 'expected_close', label: 'Expected close', type: 'date', more: true,
      },
      { name: 'owner', label: 'Owner', more: true },
    ],
    send: (hub, body, options) => hub.createOpportunity(body, options),
  },
  {
    key: 'order',
    title: 'Order',
    kind: 'orders',
    event: 'order_created',
    thing: 'order',
    hint: 'What was sold, line by line; the hub adds it up.',
    submit: 'Create order',
    fields: [
      from('opp_id', 'Opportunity', 'opportunity', 'opportunities'),
      { name: 'lines', label: 'Lines', type: 'lines', wide: true },
      currency((journey) => journey.record('opportunity')?.currency),
      { name: 'owner', label: 'Owner' },
    ],
    send: (hub, body, options) => hub.createOrder(body, options),
  },
  {
    key: 'decision',
    title: 'Decision',
    kind: 'decisions',
    event: 'decision_made',
    thing: 'decision',
    hint: 'Let the agent choose; it says why, and learns from feedback.',
    submit: 'Decide',
    fields: [
      {
        name: 'subject',
        label: 'About',
        type: 'record',
        wide: true,
        required: true,
        empty: ['order', 'No orders yet'],
        options: (records, journey) => subjects(records, [
          ['orders', journey.record('order')], ['leads', null], ['deliveries', null],
        ]),
      },
      {
        name: 'actions',
        label: 'Candidate actions',
        type: 'words',
        wide: true,
        value: (journey, form) => ACTIONS[form.subject?.split('/')[0]] ?? ACTIONS.orders,
      },
      {
        name: 'context', label: 'Context', type: 'json', wide: true,
        value: () => '{"region": "west"}',
      },
      {
        name: 'mode', label: 'Mode', type: 'choice',
        options: () => [['live', 'Live: act on it'], ['shadow', 'Shadow: only log it']],
      },
    ],
    send: (hub, body, options) => hub.decide(body, options),
    summary: (decision) => decisionBars(decision, { isShort: true }),
    titleOf: (decision) => words(decision.action),
    verb: 'Chose ',
  },
  {
    key: 'event',
    title: 'Event',
    kind: 'events',
    event: 'events',
    thing: 'event',
    hint: 'Report what happened elsewhere; four branches react on their own.',
    submit: 'Report event',
    fields: [
      {
        name: 'event_type', label: 'Type', required: true, wide: true, placeholder: 'sla_warning',
        value: () => 'sla_warning', list: ['sla_warning', 'page_viewed', 'payment_received'],
      },
      {
        name: 'task_id', label: 'Task', placeholder: 'any id of yours',
        value: (journey, form, records) => records.tasks.newest(1)[0]?.id
          ?? journey.record('order')?.id ?? '',
      },
      {
        name: 'user_id', label: 'User', placeholder: 'any id of yours',
        value: (journey) => journey.record('lead')?.id ?? '',
      },
      {
        name: 'consent_flag', label: 'Consent', type: 'flag', wide: true,
        options: () => [['true', 'Given now'], ['', 'As on record'], ['false', 'Withheld']],
      },
      {
        name: 'payload', label: 'Payload', type: 'json', wide: true,
        value: () => '{"level": "high", "minutes_left": 30}',
      },
    ],
    send: (hub, body, options) => hub.publish(body, options),
    hasBranches: true,
    verb: 'Accepted ',
  },
  {
    key: 'delivery',
    title: 'Delivery',
    kind: 'deliveries',
    event: 'delivery_scheduled',
    thing: 'delivery',
    hint: 'An order has one delivery under way at a time.',
    submit: 'Schedule delivery',
    fields: [
      from('order_id', 'Order', 'order', 'orders'),
      {
        name: 'delivery_date', label: 'Date', type: 'date', required: true,
        value: () => new Date(Date.now() + 7 * DAY_MILLISECONDS).toISOString().slice(0, 10),
      },
      { name: 'carrier', label: 'Carrier' },
      { name: 'tracking', label: 'Tracking', more: true, wide: true },
    ],
    send: (hub, body, options) => hub.scheduleDelivery(body, options),
    titleOf: ({ delivery_date: date }) => `for ${date}`,
    verb: 'Scheduled ',
  },
  {
    key: 'feedback',
    title: 'Feedback',
    kind: 'feedback',
    event: 'feedback_received',
    thing: 'feedback',
    hint: 'About a decision, it teaches the agent. Give at least one of the three.',
    submit: 'Send feedback',
    fields: [
      {
        name: 'subject',
        label: 'About',
        type: 'record',
        wide: true,
        required: true,
        empty: ['decision', 'Nothing to give feedback on yet'],
        options: (records, journey) => subjects(records, [
          ['decisions', journey.record('decision')], ['deliveries', null], ['orders', null],
          ['leads', null], ['tasks', null],
        ]),
      },
      { name: 'rating', label: 'Rating', type: 'rating' },
      {
        name: 'reward', label: 'Reward, −1 to 1', type: 'number', min: -1, max: 1, step: 0.1,
        placeholder: '0.8',
      },
      { name: 'comment', label: 'Comment', wide: true },
    ],
    check: (body) => (body.rating ?? body.reward ?? body.comment) === undefined
      ? { rating: 'Give a rating, a reward or a comment.' }
      : {},
    send: (hub, body, options) => hub.giveFeedback(body, options),
    titleOf: ({ rating, reward, comment }) =>
      [rating && `${rating} of 5`, reward !== null && reward !== undefined && `reward ${reward}`,
        comment].filter(Boolean).join(', '),
    verb: 'Received ',
  },
  {
    key: 'logs',
    title: 'Logs',
    kind: 'logs',
    event: '*',
    thing: 'log',
    hint: 'One trace id tells the whole story of a journey, in order.',
    submit: 'Read the story',
    fields: [
      {
        name: 'trace_id', label: 'Trace id', required: true, wide: true,
        value: (journey) => journey.trace, placeholder: '32 hex digits',
      },
    ],
  },
];

/** A select of records of one kind, made by the step `key`. */
function from(name, label, key, kind) {
  return {
    name,
    label,
    type: 'record',
    wide: true,
    required: true,
    empty: [key, `No ${kind} yet`],
    options: (records, journey) => {
      const own = journey.record(key);
      return withOwn(records[kind].newest(100), own)
        .map((record) => [record.id, NAMES[kind](record), own?.id === record.id]);
    },
  };
}

function currency(preferred = () => undefined) {
  return {
    name: 'currency', label: 'Currency', type: 'choice', value: (journey) => preferred(journey),
    options: () => CURRENCIES.map((code) => [code, code]),
  };
}

/** Options `kind/id` over several kinds, the journey's own records first. */
function subjects(records, kinds) {
  return kinds.flatMap(([kind, own]) => withOwn(records[kind].newest(20), own).map((record) => [
    `${kind}/${record.id}`, NAMES[kind](record), own?.id === record.id, words(kind),
  ]));
}

function withOwn(newest, own) {
  return own ? [own, ...newest.filter(({ id }) => id !== own.id)] : newest;
}

export function money(value, code) {
  const [whole, fraction] = String(value ?? '').split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '\u202f');
  return [fraction ? `${grouped}.${fraction}` : grouped, code].filter(Boolean).join(' ');
}

export function shortId(id) {
  return String(id ?? '').slice(-6);
}

export function shortSubject(subject) {
  const [kind, id] = String(subject ?? '').split('/');
  const singular = kind.replace(/ies$/, 'y').replace(/s$/, '');
  return id ? `${singular} …${shortId(id)}` : kind;
}

/** A subject as the people here know it: the record's name if it is at hand. */
export function subjectName(records, subject) {
  const [kind, id] = String(subject ?? '').split('/');
  const record = records[kind]?.get?.(id);
  return record && NAMES[kind] ? NAMES[kind](record) : shortSubject(subject);
}

/** A chip of the kind that says in which state something is. */
export function statusChip(status) {
  const chip = element('span', 'status', words(status));
  chip.dataset.status = status;
  return chip;
}
