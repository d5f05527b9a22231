// The bars of decisions and scores: how good each action looked, how sure that was, how likely
// it was to be chosen, and what spoke for and against. Every bar stands beside its number, so
// nothing is told by length or colour alone.

import { element } from './dom.js';
import { percent, words } from '../words.js';

const FACTORS_SHOWN = 8;

/** Each action of a decision with its score, interval and propensity. */
export function decisionBars(decision, { isShort = false } = {}) {
  const table = element('table', 'actions');
  const caption = element('caption', 'visually-hidden', 'The actions that were decided between');
  const head = element('tr', '', ...['Action', 'Score', 'Chance'].map(columnHead));
  const rows = (decision.actions ?? []).map((one) => actionRow(one, decision.action));
  table.append(caption, element('thead', '', head), element('tbody', '', ...rows));
  if (isShort) return [table];
  const factors = factorsOf(decision);
  const why = factors.length > 0
    ? [element('h3', '', `What spoke for ${words(decision.action)}`), factorBars(factors)]
    : [element('p', 'hint', 'Nothing was learned about this action yet, so nothing spoke for it.')];
  return [table, ...why];
}

function factorsOf({ explanation, factors }) {
  return (Array.isArray(explanation) ? explanation : explanation?.factors) ?? factors ?? [];
}

function columnHead(text) {
  const cell = element('th', '', text);
  cell.setAttribute('scope', 'col');
  return cell;
}

function actionRow(one, chosen) {
  const row = element('tr', 'action-row');
  row.dataset.action = one.action;
  row.dataset.chosen = String(one.action === chosen);
  const name = element('th', '', words(one.action));
  name.setAttribute('scope', 'row');
  if (one.action === chosen) name.append(element('span', 'chosen', 'chosen'));
  if (one.excluded_by) {
    row.dataset.excludedBy = one.excluded_by;
    const why = element('td', 'excluded', 'ruled out by ', element('code', '', one.excluded_by));
    why.setAttribute('colspan', '2');
    row.append(name, why);
    return row;
  }
  const score = element('td', 'action-score', scoreTrack(one.score, intervalOf(one)));
  if (one.learned === false) score.append(element('span', 'hint', 'not tried yet'));
  const chance = element('td', 'action-propensity', share(one.propensity));
  row.append(name, score, chance);
  return row;
}

/** The bounds of an interval, whether it comes as a pair or by name; null without one. */
export function intervalOf({ interval, low, high }) {
  if (Array.isArray(interval)) return interval;
  if (interval) return [interval.low ?? interval.lower, interval.high ?? interval.upper];
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : null;
}

/** A score from 0 to 1 as a mark on a track, its interval as the band around it. */
export function scoreTrack(score, interval) {
  const [low, high] = interval ?? [score, score];
  const track = element('span', 'track', element('i', 'band'), element('i', 'mark'));
  track.setAttribute('aria-hidden', 'true');
  set(track, '--low', clip(low));
  set(track, '--high', clip(high));
  set(track, '--at', clip(score));
  const box = element('span', 'score', track, element('b', '', decimal(score)));
  if (interval) box.append(element('span', 'range', `${decimal(low)}–${decimal(high)}`));
  return box;
}

/** A chance from 0 to 1 as a bar with its percentage. */
export function share(value) {
  const bar = element('span', 'share-bar');
  bar.setAttribute('aria-hidden', 'true');
  set(bar, '--share', clip(value));
  return element('span', 'share', bar, element('b', '', percent(value)));
}

/** What each feature adds to a score, to the right of the middle or to the left. */
export function factorBars(factors) {
  const all = factors.map(named).sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount));
  const shown = all.slice(0, FACTORS_SHOWN);
  const rest = all.slice(FACTORS_SHOWN).reduce((sum, { amount }) => sum + amount, 0);
  if (all.length > FACTORS_SHOWN) {
    shown.push({ name: `${all.length - FACTORS_SHOWN} smaller`, amount: rest });
  }
  const greatest = Math.max(...shown.map(({ amount }) => Math.abs(amount)), 1e-9);
  const list = element('ul', 'factors');
  for (const { name, amount } of shown) {
    const bar = element('span', 'factor-bar', element('i'));
    bar.setAttribute('aria-hidden', 'true');
    set(bar, '--share', Math.abs(amount) / greatest);
    const number = element('b', '', `${amount < 0 ? '−' : '+'}${Math.abs(amount).toFixed(3)}`);
    const row = element('li', 'factor', element('span', 'factor-name', name), bar, number);
    row.dataset.feature = name;
    row.dataset.sign = amount < 0 ? 'against' : 'for';
    list.append(row);
  }
  return list;
}

function named({ feature, name, category, value, amount, contribution, weight }) {
  const label = feature ?? name ?? '';
  const part = category ?? (typeof value === 'string' ? value : '');
  const text = label === 'bias' ? 'baseline' : words(label);
  return {
    name: part ? `${text}: ${part}` : text,
    amount: Number(amount ?? contribution ?? weight) || 0,
  };
}

function decimal(value) {
  return typeof value === 'number' ? value.toFixed(2) : '–';
}

function clip(value) {
  return Math.min(1, Math.max(0, Number(value) || 0));
}

function set(node, name, value) {
  node.style.setProperty(name, String(Math.round(value * 1e4) / 1e4));
}
