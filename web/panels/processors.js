// The processors: where each stands in the log, how far behind, and what it could not take.
// Read again every few seconds while the view is open; a dead letter can be replayed.

import { duration } from '../stream.js';
import { distance, words } from '../words.js';
import { actButton, byId, fromTemplate, keepRows, showProblem } from './dom.js';
import { jsonNodes } from './json.js';

const REFRESH_MILLISECONDS = 8_000;

/** Shows the processors and their dead letters. */
export function mainProcessors() {
  const list = byId('processors-list');
  const letters = byId('dead-letters-list');
  let isVisible = false;
  let context = null;
  let timer;
  let letterCount = -1;

  async function read({ isFull = false } = {}) {
    const asked = context;
    try {
      const page = await asked.hub.listProcessors();
      if (asked.isOver) return;
      const processors = (page.data ?? page.processors ?? []).map(normal);
      drawProcessors(processors);
      const count = processors.reduce((sum, one) => sum + one.deadLetters, 0);
      if (isFull || count !== letterCount) await readLetters(asked);
      letterCount = count;
      showProblem(byId('processors-problem'), null);
    } catch (problem) {
      if (!asked.isOver && !asked.onProblem(problem)) {
        showProblem(byId('processors-problem'), problem);
      }
    }
  }

  async function readLetters(asked) {
    const page = await asked.hub.listDeadLetters({ limit: 50 });
    if (asked.isOver) return;
    keepRows(letters, page.data, {
      id: ({ id }) => String(id), stamp: (one) => JSON.stringify(one), make: letterRow,
    });
    byId('dead-letters-empty').hidden = page.data.length > 0;
    const open = page.data.filter(isWaiting).length;
    byId('dead-letters-count').textContent = open ? `${open} waiting` : '';
  }

  function drawProcessors(processors) {
    byId('processors-empty').hidden = processors.length > 0;
    keepRows(list, processors, {
      id: ({ name }) => name, stamp: (one) => JSON.stringify(one), make: processorRow,
    });
  }

  function processorRow(one) {
    const { row, part } = fromTemplate('processor-template');
    const state = one.deadLetters > 0 ? 'failing'
      : one.lag > 100 || one.lagSeconds > 10 ? 'behind' : 'level';
    row.dataset.state = state;
    row.dataset.processor = one.name;
    part('.processor-name').textContent = nameOf(one.name);
    part('.processor-state').textContent = {
      failing: 'has dead letters', behind: 'behind', level: 'up to date',
    }[state];
    const seconds = one.lagSeconds >= 1 ? ` · ${duration(one.lagSeconds * 1_000)}` : '';
    part('.processor-lag').textContent = `${one.lag.toLocaleString()}${seconds}`;
    part('.processor-cursor').textContent = one.cursor === '' ? '–' : `#${one.cursor}`;
    part('.processor-steps').textContent = one.steps === undefined
      ? '–' : one.steps.toLocaleString();
    part('.processor-failures').textContent = one.failures.toLocaleString();
    part('.processor-dead').textContent = one.deadLetters.toLocaleString();
    part('.processor-holder').textContent = one.holder || 'nobody';
    return row;
  }

  function letterRow(one) {
    const { row, part } = fromTemplate('dead-letter-template');
    const waits = isWaiting(one);
    const name = nameOf(one.processor);
    row.dataset.waiting = String(waits);
    part('.letter-name').textContent = [name, one.event_type ?? one.type]
      .filter(Boolean).join(', ');
    part('.letter-position').textContent = one.position ? `#${one.position}` : '';
    part('.letter-reason').textContent = one.error ?? one.reason ?? one.message ?? '';
    const when = one.replayed_at ?? one.created_at ?? one.failed_at;
    part('.letter-when').textContent = waits ? distance(when) : `replayed ${distance(when)}`;
    const body = part('.letter-body');
    part('details').addEventListener('toggle', ({ target }) => {
      if (target.open && !body.firstChild) body.append(...jsonNodes(one));
    });
    if (waits) {
      const button = actButton('replay', 'Replay', () => replay(one, button));
      button.setAttribute('aria-label', `Replay for ${name}`);
      part('.letter-end').append(button);
    }
    return row;
  }

  async function replay(one, button) {
    const asked = context;
    button.disabled = true;
    try {
      await asked.hub.replayDeadLetter(String(one.id));
      if (!asked.isOver) await read({ isFull: true });
    } catch (problem) {
      if (asked.isOver || asked.onProblem(problem)) return;
      showProblem(byId('processors-problem'), problem);
    } finally {
      button.disabled = false;
    }
  }

  byId('processors-reload').addEventListener('click', () => read({ isFull: true }));

  return {
    start(started) {
      context = started;
    },
    stop() {
      clearInterval(timer);
      context = null;
      letterCount = -1;
      list.replaceChildren();
      letters.replaceChildren();
    },
    reload() {
      if (isVisible) read({ isFull: true });
    },
    shown() {
      isVisible = true;
      read({ isFull: true });
      timer = setInterval(() => {
        if (!document.hidden) read();
      }, REFRESH_MILLISECONDS);
    },
    hidden() {
      isVisible = false;
      clearInterval(timer);
    },
  };
}

function nameOf(processor) {
  return processor === 'rl' ? 'RL' : words(processor);
}

function isWaiting(letter) {
  return !letter.replayed_at && letter.state !== 'replayed';
}

/** The figures of a processor, whichever way they are nested. */
function normal(one) {
  const lag = typeof one.lag === 'object' && one.lag ? one.lag : {};
  return {
    name: one.name ?? one.processor,
    cursor: String(one.cursor ?? one.position ?? ''),
    lag: Number(lag.positions ?? one.lag_positions ?? one.lag) || 0,
    lagSeconds: Number(lag.seconds ?? one.lag_seconds) || 0,
    steps: one.steps,
    failures: Number(one.failures) || 0,
    deadLetters: Number(one.dead_letters) || 0,
    holder: one.holder ?? '',
  };
}

