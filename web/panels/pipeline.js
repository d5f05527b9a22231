// The pipeline: eight steps with how many there are and how old the newest is. The first counts
// come from the lists, then every event counts; a press on a step brings up its form.

import { retryLater } from '../records.js';
import { STEPS } from '../steps.js';
import { duration } from '../stream.js';
import { byId, fromTemplate } from './dom.js';

const AGES_REFRESH_MILLISECONDS = 1_000;
const PULSE_MILLISECONDS = 1_200;

/** Shows the steps; `onChoose(key)` is called when a person picks one. */
export function mainPipeline({ records, journey, onChoose }) {
  const list = byId('pipeline-list');
  const again = byId('journey-again');
  const tiles = new Map(STEPS.map((step, index) => [step.key, tileOf(step, index + 1)]));
  /** The log has no list in this tab: a page of it gives the first count, then events count. */
  const logs = { total: 0, isMore: false, newestAt: 0, isLoaded: false };
  let context = null;
  let timer;
  let showing = false;

  function tileOf(step, number) {
    const { row, part } = fromTemplate('tile-template');
    const button = part('.tile');
    button.id = `tile-${step.key}`;
    button.dataset.step = step.key;
    button.dataset.family = step.key === 'logs' ? '' : step.key;
    part('.tile-title').textContent = step.title;
    button.addEventListener('click', () => onChoose(step.key));
    list.append(row);
    return {
      step, number, button, badge: part('.tile-number'), count: part('.tile-count'),
      age: part('.tile-age'), done: part('.tile-done'), pulse: 0,
    };
  }

  function show() {
    showing = false;
    for (const tile of tiles.values()) showTile(tile);
    again.hidden = !journey.isStarted;
  }

  function showTile({ step, number, button, badge, count, age, done }) {
    const from = step.kind === 'logs' ? logs : records[step.kind];
    const isKnown = from.isLoaded || from.total > 0;
    const text = isKnown ? `${from.total.toLocaleString()}${from.isMore ? '+' : ''}` : '–';
    if (count.textContent !== text) count.textContent = text;
    button.dataset.count = isKnown ? String(from.total) : '';
    const isDone = Boolean(journey.record(step.key));
    button.dataset.done = String(isDone);
    done.hidden = !isDone;
    const mark = isDone ? '✓' : String(number);
    if (badge.textContent !== mark) badge.textContent = mark;
    showAge(age, from, isKnown);
  }

  function showAge(age, from, isKnown) {
    const text = from.newestAt
      ? `${duration(Date.now() - from.newestAt)} ago`
      : isKnown ? 'none yet' : from.problem?.status === 403 ? 'not for you' : '\u00a0';
    if (age.textContent !== text) age.textContent = text;
  }

  function showSoon() {
    if (showing) return;
    showing = true;
    requestAnimationFrame(show);
  }

  function pulse(tile) {
    clearTimeout(tile.pulse);
    tile.button.dataset.pulse = 'true';
    tile.pulse = setTimeout(() => delete tile.button.dataset.pulse, PULSE_MILLISECONDS);
  }

  async function countLogs(attempt = 0) {
    const asked = context;
    try {
      const page = await asked.hub.listLogs({ limit: 100 });
      if (asked.isOver) return;
      Object.assign(logs, {
        total: Number(page.total) || page.data.length,
        isMore: Boolean(page.next_cursor),
        newestAt: Date.parse(page.data[0]?.time) || 0,
        isLoaded: true,
      });
      showSoon();
    } catch (problem) {
      if (asked.isOver || asked.onProblem(problem)) return;
      logs.problem = problem;
      retryLater(asked, problem, attempt, countLogs);
    }
  }

  for (const { step } of tiles.values()) {
    const collection = records[step.kind];
    if (!collection) continue;
    let newestAt = 0;
    collection.addEventListener('change', () => {
      if (collection.newestAt > newestAt && newestAt > 0) pulse(tiles.get(step.key));
      newestAt = collection.newestAt;
      showSoon();
    });
  }
  journey.addEventListener('change', showSoon);
  show();
  again.addEventListener('click', () => {
    journey.startOver();
    onChoose('lead');
  });
  // Along the row with the arrow keys, as along a row of tabs; Tab goes through it too.
  list.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const buttons = [...list.querySelectorAll('.tile')];
    const next = buttons[buttons.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  return {
    start(started) {
      context = started;
      context.tab.stream.addEventListener('event', () => {
        logs.total += 1;
        logs.newestAt = Date.now();
        showSoon();
      });
      timer = setInterval(show, AGES_REFRESH_MILLISECONDS);
      countLogs();
    },
    stop() {
      clearInterval(timer);
      context = null;
      Object.assign(logs, { total: 0, isMore: false, newestAt: 0, isLoaded: false });
    },
    reload: () => countLogs(),
    /** Marks the step whose form is up. */
    mark(key) {
      for (const { step, button } of tiles.values()) {
        button.setAttribute('aria-pressed', String(step.key === key));
      }
    },
  };
}
