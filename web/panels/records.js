// The records of the step whose form is up, newest first, each with the moves it may make.
// Leads have a panel of their own.

import { MOVES, moveRecord } from '../moves.js';
import { money, shortSubject, statusChip, subjectName } from '../steps.js';
import { distance, words } from '../words.js';
import { actButton, byId, element, fromTemplate, keepRows, showProblem } from './dom.js';

const ROWS_MAX = 100;
const AGES_REFRESH_MILLISECONDS = 15_000;

const TITLES = {
  opportunities: 'Opportunities', orders: 'Orders', decisions: 'Decisions', events: 'Events',
  deliveries: 'Deliveries', feedback: 'Feedback',
};

/** Shows the records of a kind; `show(kind)` with a kind that has none hides the panel. */
export function mainRecords({ records, onDecision }) {
  const panel = byId('records');
  const list = byId('records-list');
  const problemLine = byId('records-problem');
  let kind = '';
  let context = null;
  let timer;

  function draw() {
    if (!kind) return;
    const collection = records[kind];
    const shown = collection.newest(ROWS_MAX);
    keepRows(list, shown, {
      id: ({ id }) => id,
      stamp: (record) => JSON.stringify([record, nameOf(record)]),
      make,
    });
    byId('records-count').textContent = shown.length ? `newest ${shown.length}` : '';
    byId('records-empty').hidden = shown.length > 0 || Boolean(collection.problem);
    if (collection.problem || problemLine.dataset.of !== 'move') {
      showProblem(problemLine, collection.problem);
    }
    showAges();
  }

  function showAges() {
    for (const time of list.querySelectorAll('time')) {
      time.textContent = distance(time.dateTime).replace(' ago', '');
    }
  }

  function nameOf(record) {
    if (kind === 'orders') return subjectName(records, `opportunities/${record.opp_id}`);
    if (kind === 'opportunities') return subjectName(records, `leads/${record.lead_id}`);
    if (kind === 'deliveries') return subjectName(records, `orders/${record.order_id}`);
    return record.subject ? subjectName(records, record.subject) : '';
  }

  function make(record) {
    const { row, part } = fromTemplate('record-template');
    row.dataset.kind = kind;
    const face = FACES[kind](record, nameOf(record));
    part('.record-name').textContent = face.name;
    part('.record-note').textContent = face.note;
    part('.record-side').prepend(...face.side);
    part('time').dateTime = record.created_at ?? '';
    const facts = Object.entries({ id: record.id, ...face.facts })
      .filter(([, value]) => value !== null && value !== undefined && value !== '');
    part('.facts').append(...facts.flatMap(([name, value]) =>
      [element('dt', '', words(name)), element('dd', '', String(value))]));
    const moves = part('.record-moves');
    for (const to of MOVES[kind]?.next[record[MOVES[kind].field]] ?? []) {
      moves.append(actButton(to, MOVES[kind].verbs[to] ?? words(to), () => move(record, to)));
    }
    if (kind === 'decisions') moves.append(actButton('why', 'Why?', () => onDecision(record.id)));
    row.dataset.status = String(record.stage ?? record.status ?? '');
    return row;
  }

  async function move(record, to) {
    problemLine.dataset.of = '';
    const asked = { context, kind };
    try {
      const changed = await moveRecord(context.hub, kind, record, to);
      if (asked.context.isOver) return;
      showProblem(problemLine, null);
      records[asked.kind].take(changed);
    } catch (problem) {
      if (asked.context.isOver || asked.context.onProblem(problem)) return;
      problemLine.dataset.of = 'move';
      showProblem(problemLine, problem);
      // Somebody else was first: show what it has become.
      if (problem.status === 412) records[asked.kind].load(asked.context);
    }
  }

  for (const name of [...Object.keys(TITLES), 'leads']) {
    records[name].addEventListener('change', () => {
      if (name === kind || name === 'leads') draw();
    });
  }

  return {
    start(started) {
      context = started;
      timer = setInterval(showAges, AGES_REFRESH_MILLISECONDS);
    },
    stop() {
      clearInterval(timer);
      context = null;
      list.replaceChildren();
    },
    show(next) {
      byId('leads').hidden = next !== 'leads';
      panel.hidden = !TITLES[next];
      panel.parentElement.dataset.records = String(next === 'leads' || Boolean(TITLES[next]));
      problemLine.dataset.of = '';
      if (kind === next) return;
      kind = TITLES[next] ? next : '';
      list.replaceChildren();
      panel.dataset.kind = kind;
      if (!kind) return;
      byId('records-title').textContent = TITLES[kind];
      byId('records-empty').textContent = `No ${TITLES[kind].toLowerCase()} yet. `
        + 'The first one shows up here.';
      draw();
    },
  };
}

/** What a row of each kind shows when it is closed, and what it adds when it is open. */
const FACES = {
  opportunities: (one, lead) => ({
    name: one.name,
    note: [lead, money(one.value, one.currency)].filter(Boolean).join(' · '),
    side: [statusChip(one.stage)],
    facts: {
      probability: one.probability === undefined ? '' : `${one.probability} %`,
      expected_close: one.expected_close, owner: one.owner, lost_reason: one.lost_reason,
      score: one.score?.toFixed?.(2), version: one.version,
    },
  }),
  orders: (one, opportunity) => ({
    name: money(one.total, one.currency),
    note: opportunity,
    side: [statusChip(one.status)],
    facts: {
      lines: (one.lines ?? []).map((line) => `${line.quantity} × ${line.sku}`).join(', '),
      owner: one.owner, score: one.score?.toFixed?.(2), version: one.version,
    },
  }),
  deliveries: (one, order) => ({
    name: one.delivery_date,
    note: [order, one.carrier].filter(Boolean).join(' · '),
    side: [statusChip(one.status)],
    facts: {
      tracking: one.tracking, attempts: one.attempts, proof: one.proof, version: one.version,
    },
  }),
  decisions: (one, subject) => ({
    name: words(one.action),
    note: subject,
    side: [statusChip(one.mode ?? 'live')],
    facts: { policy: policyOf(one) },
  }),
  events: (one) => ({
    name: one.name,
    note: [one.user_id && `user ${one.user_id}`, one.task_id && `task ${one.task_id}`]
      .filter(Boolean).join(' · ') || 'about nobody',
    side: one.score === undefined ? [] : [element('span', 'muted', one.score.toFixed(2))],
    facts: { consent: one.consent_flag, payload: JSON.stringify(one.payload ?? null) },
  }),
  feedback: (one, subject) => ({
    name: one.comment || (one.rating ? `${one.rating} of 5` : `reward ${one.reward}`),
    note: subject || shortSubject(one.subject),
    side: one.rating ? [element('span', 'status', `${one.rating} / 5`)] : [],
    facts: { reward: one.reward, actor: one.actor },
  }),
};

/** Id and version of the policy behind a decision. */
export function policyOf({ policy, policy_id: id, policy_version: version }) {
  return [policy?.id ?? policy?.name ?? id, policy?.version ?? version]
    .filter((part) => part !== undefined && part !== null).join(' v');
}

