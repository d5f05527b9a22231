// The newest leads, kept up to date by the stream instead of by polling.
// A page read over REST and an event may cross: the higher version of a lead wins.

import { eventName, factorsOf, retryLater } from '../records.js';
import { duration } from '../stream.js';
import { byId, fromTemplate } from './dom.js';

const PAGE = 100;
const ROWS_MAX = 500;
const AGES_REFRESH_MILLISECONDS = 15_000;

/** Shows the lead list, and keeps the leads among the tab's records. */
export function mainLeads({ records }) {
  const list = byId('leads-list');
  const more = byId('leads-more');
  /** @type {Map<string, any>} */
  const leads = new Map();
  /** @type {string | null} */
  let nextCursor = null;
  /** @type {any} */
  let context = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let batch;

  /** Takes a lead as an answer or an event gave it, unless a newer version is known. */
  function take(lead) {
    const known = leads.get(lead.id);
    if (known && (lead.version ?? Infinity) < (known.version ?? 0)) return;
    if (!known && !lead.name) return;
    leads.set(lead.id, { ...known, ...lead });
  }

  function draw(changed = '') {
    const newest = [...leads.values()].sort(byAge).slice(0, ROWS_MAX);
    const wanted = new Set(newest.map(({ id }) => id));
    for (const id of leads.keys()) if (!wanted.has(id)) leads.delete(id);
    const rows = new Map([...list.children].map((row) => [row.dataset.leadId, row]));
    for (const [id, row] of rows) if (!wanted.has(id)) row.remove();
    newest.forEach((lead, index) => {
      const old = rows.get(lead.id);
      const isSame = old?.dataset.version === stamp(lead);
      const row = isSame ? old : leadRow(lead);
      if (!isSame && changed === lead.id) row.classList.add('fresh');
      if (!isSame) old?.remove();
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
    showAges();
    byId('leads-count').textContent = newest.length ? `newest ${newest.length}` : '';
    byId('leads-empty').hidden = newest.length > 0;
    more.hidden = !nextCursor || newest.length >= ROWS_MAX;
  }

  /** True for a lead that lies on a page not read yet; showing it would leave a hole. */
  function isBeyond(lead) {
    if (!nextCursor || leads.has(lead.id)) return false;
    return [...leads.values()].every((shown) => byAge(shown, lead) < 0);
  }

  function showAges() {
    for (const time of list.querySelectorAll('time')) {
      time.textContent = duration(Date.now() - Date.parse(time.dateTime));
    }
  }

  /** Reads the page at `cursor`, or with none the first page in place of all that is shown. */
  async function read(cursor, attempt = 0) {
    const asked = context;
    const replaced = cursor ? new Set() : new Set(leads.keys());
    try {
      const page = await asked.hub.listLeads({ limit: PAGE, cursor });
      if (context !== asked) return;
      showProblem(null);
      // What the stream brought meanwhile may be newer than the page, so it stays.
      for (const { id } of page.data) replaced.delete(id);
      for (const id of replaced) leads.delete(id);
      page.data.forEach(take);
      if (!cursor) records.leads.takePage(page, replaced);
      nextCursor = page.next_cursor ?? null;
      draw();
    } catch (problem) {
      if (context !== asked || asked.onProblem(problem)) return;
      showProblem(problem);
      if (!cursor) retryLater(asked, problem, attempt, (next) => read('', next));
    }
  }

  function showProblem(problem) {
    const text = byId('leads-problem');
    text.hidden = !problem;
    text.textContent = problem ? `${problem.title}. ${problem.detail}` : '';
    if (problem) byId('leads-empty').hidden = true;
  }

  function takeEvent(event) {
    const type = eventName(event);
    if (type === 'rl_scored') return takeScore(event);
    if (!type.startsWith('lead_')) return;
    const lead = event.data?.lead ?? event.data;
    if (!lead?.id) return;
    if (type === 'lead_deleted') leads.delete(lead.id);
    else if (!isBeyond(lead)) take(lead);
    drawSoon(lead.id);
  }

  /** A score changes a lead without a new version of it. */
  function takeScore(event) {
    const lead = leads.get((event.subject ?? '').replace(/^leads\//, ''));
    if (!lead) return;
    leads.set(lead.id, { ...lead, score: event.data?.score, factors: factorsOf(event) });
    drawSoon(lead.id);
  }

  function drawSoon(changed) {
    batch ??= setTimeout(() => {
      batch = undefined;
      draw(changed);
    }, 50);
  }

  function reload() {
    read('');
  }

  more.addEventListener('click', () => read(nextCursor));
  byId('leads-reload').addEventListener('click', reload);
  setInterval(showAges, AGES_REFRESH_MILLISECONDS);

  return {
    start(started) {
      context = started;
      context.tab.stream.addEventListener('event', ({ detail }) => takeEvent(detail));
      reload();
    },
    stop() {
      context = null;
      clearTimeout(batch);
      batch = undefined;
      nextCursor = null;
      leads.clear();
      list.replaceChildren();
      showProblem(null);
    },
    reload,
    /** Shows a lead that was just created, without waiting for its event. */
    show(lead) {
      take(lead);
      draw(lead.id);
    },
  };
}

/** Newest first; ids are UUIDv7 and break ties in order of creation. */
function byAge(a, b) {
  return order(b.created_at ?? '', a.created_at ?? '') || order(b.id, a.id);
}

function order(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function leadRow(lead) {
  const { row, part } = fromTemplate('lead-template');
  row.dataset.leadId = lead.id;
  row.dataset.version = stamp(lead);
  row.title = lead.id;
  part('.lead-avatar').textContent = initials(lead.name);
  part('.lead-name').textContent = lead.name;
  const contact = [lead.company, lead.email ?? lead.phone].filter(Boolean).join(' · ');
  part('.lead-contact').textContent = contact || 'no contact yet';
  const status = part('.lead-status');
  status.textContent = lead.status ?? 'new';
  status.dataset.status = lead.status ?? 'new';
  const score = part('.lead-score');
  score.textContent = scoreText(lead.score);
  const time = part('time');
  time.dateTime = lead.created_at ?? '';
  time.title = `created ${new Date(lead.created_at).toLocaleString()}`;
  return row;
}

/** Changes whenever the row would look different. */
function stamp({ version, score }) {
  return typeof score === 'number' ? `${version}.${score}` : String(version);
}

function scoreText(score) {
  if (typeof score !== 'number') return '';
  return `score ${score <= 1 ? Math.round(score * 100) : score}`;
}

function initials(name) {
  const words = name.trim().split(/\s+/);
  const first = [...words[0] ?? ''][0] ?? '';
  const last = words.length > 1 ? [...words.at(-1)][0] : '';
  return (first + last).toUpperCase();
}
