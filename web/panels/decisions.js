// Decisions and scores with their why. Decisions come from the list and the stream; scores are
// events alone, so the newest are read when the view is first opened.

import { eventName, factorsOf, retryLater } from '../records.js';
import { shortId, statusChip, subjectName } from '../steps.js';
import { clockTime, percent, words } from '../words.js';
import { decisionBars, factorBars, intervalOf, scoreTrack } from './bars.js';
import { byId, element, fromTemplate, keepRows, showProblem } from './dom.js';
import { policyOf } from './records.js';

const ROWS_MAX = 100;
const BATCH_MILLISECONDS = 80;

/** Shows what was decided and scored, and why. */
export function mainDecisions({ records }) {
  const decisionList = byId('decisions-list');
  const scoreList = byId('scores-list');
  const switches = [...byId('decisions').querySelectorAll('[data-show]')];
  /** Newest first. */
  let scores = [];
  let shown = 'decisions';
  let hasRead = false;
  let isVisible = false;
  let context = null;
  let batch;

  function draw() {
    batch = undefined;
    if (!isVisible) return;
    const isDecisions = shown === 'decisions';
    decisionList.hidden = !isDecisions;
    scoreList.hidden = isDecisions;
    const stamp = (one) => `${one.version ?? ''} ${subjectName(records, one.subject)}`;
    const newest = isDecisions ? records.decisions.newest(ROWS_MAX) : scores;
    keepRows(isDecisions ? decisionList : scoreList, newest, {
      id: ({ id }) => id, stamp, make: isDecisions ? decisionRow : scoreRow,
    });
    const empty = byId('decisions-empty');
    empty.hidden = newest.length > 0;
    empty.textContent = isDecisions ? 'No decisions yet. Step 4 makes one.' : 'No scores yet.';
    showProblem(byId('decisions-problem'), isDecisions ? records.decisions.problem : null);
    byId('decisions-count').textContent = newest.length ? `newest ${newest.length}` : '';
  }

  function drawSoon() {
    batch ??= setTimeout(draw, BATCH_MILLISECONDS);
  }

  function decisionRow(decision) {
    const { row, part } = fromTemplate('decision-template');
    row.dataset.action = decision.action;
    part('time').textContent = clockTime(decision.created_at);
    part('time').dateTime = decision.created_at ?? '';
    part('.decision-action').textContent = words(decision.action);
    part('.decision-subject').textContent = subjectName(records, decision.subject);
    part('.decision-chance').textContent = percent(decision.probability);
    const chips = part('.decision-chips');
    if (decision.mode === 'shadow') chips.append(statusChip('shadow'));
    const isFallback = decision.fallback ?? decision.is_fallback;
    if (isFallback) chips.append(statusChip('fallback'));
    const body = part('.decision-body');
    part('details').addEventListener('toggle', ({ target }) => {
      if (!target.open || body.firstChild) return;
      const model = decision.model_version ?? decision.model?.version;
      const foot = [
        `policy ${policyOf(decision) || 'unknown'}`,
        model === undefined ? '' : `model v${model}`,
        isFallback ? 'nothing was learned yet, so all allowed actions had the same chance' : '',
      ].filter(Boolean).join(' · ');
      body.append(...decisionBars(decision), element('p', 'hint', foot),
        element('code', 'result-id', decision.id));
    });
    return row;
  }

  function scoreRow(score) {
    const { row, part } = fromTemplate('score-template');
    row.dataset.subject = score.subject ?? '';
    part('time').textContent = clockTime(score.created_at);
    part('.decision-subject').textContent = subjectName(records, score.subject);
    part('.score-place').append(scoreTrack(score.score, intervalOf(score)));
    const body = part('.decision-body');
    part('details').addEventListener('toggle', ({ target }) => {
      if (!target.open || body.firstChild) return;
      const why = score.learned !== false && score.factors.length > 0
        ? [element('h3', '', 'What spoke for and against'), factorBars(score.factors)]
        : [element('p', 'hint', 'Nothing was learned yet: the score is where all begin.')];
      body.append(...why, element('p', 'hint',
        `model v${score.model_version ?? '?'} · event …${shortId(score.event ?? score.id)}`));
    });
    return row;
  }

  function takeScore(event) {
    scores.unshift(scoreOf(event));
    if (scores.length > ROWS_MAX) scores.length = ROWS_MAX;
    if (shown === 'scores') drawSoon();
  }

  async function readScores(attempt = 0) {
    hasRead = true;
    const asked = context;
    try {
      const page = await asked.hub.history({ types: 'rl_scored', limit: ROWS_MAX });
      if (asked.isOver) return;
      const known = new Set(scores.map(({ id }) => id));
      const older = page.data.map(scoreOf).filter(({ id }) => !known.has(id));
      scores = [...scores, ...older].slice(0, ROWS_MAX);
      drawSoon();
    } catch (problem) {
      if (asked.isOver || asked.onProblem(problem)) return;
      showProblem(byId('decisions-problem'), problem);
      retryLater(asked, problem, attempt, readScores);
    }
  }

  function show(name) {
    shown = name;
    for (const one of switches) {
      one.setAttribute('aria-pressed', String(one.dataset.show === name));
    }
    if (name === 'scores' && !hasRead) readScores();
    draw();
  }

  for (const one of switches) one.addEventListener('click', () => show(one.dataset.show));
  records.decisions.addEventListener('change', drawSoon);

  return {
    start(started) {
      context = started;
      context.tab.stream.addEventListener('event', ({ detail }) => {
        if (eventName(detail) === 'rl_scored') takeScore(detail);
      });
    },
    stop() {
      clearTimeout(batch);
      batch = undefined;
      context = null;
      scores = [];
      hasRead = false;
      decisionList.replaceChildren();
      scoreList.replaceChildren();
    },
    shown() {
      isVisible = true;
      show(shown);
    },
    hidden() {
      isVisible = false;
    },
    /** Opens one decision. */
    open(id) {
      show('decisions');
      const details = decisionList.querySelector(`[data-id="${CSS.escape(id)}"] details`);
      if (!details) return;
      details.open = true;
      details.scrollIntoView({ block: 'nearest' });
      details.querySelector('summary').focus();
    },
  };
}

function scoreOf(event) {
  return { id: event.id, subject: event.subject, created_at: event.time, ...event.data,
    factors: factorsOf(event) };
}
