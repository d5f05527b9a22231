// How the page says things: names of states, times and shares.

import { duration } from './stream.js';

/** `out_for_delivery` as a person writes it. */
export function words(name) {
  return String(name ?? '').replaceAll('_', ' ');
}

/** How long ago, or in how long: `12 s ago`, `in 3 h`. */
export function distance(time, now = Date.now()) {
  const milliseconds = Date.parse(time) - now;
  if (Number.isNaN(milliseconds)) return '';
  return milliseconds > 0 ? `in ${duration(milliseconds)}` : `${duration(-milliseconds)} ago`;
}

/** A share of one as percent; tiny ones don't become nothing. */
export function percent(share) {
  if (typeof share !== 'number' || Number.isNaN(share)) return '–';
  if (share > 0 && share < 0.01) return '< 1 %';
  return `${Math.round(share * 100)} %`;
}

/** `14:03:22.118` in the reader's own time zone. */
export function clockTime(time) {
  const when = new Date(time);
  const two = (number) => String(number).padStart(2, '0');
  const clock = [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join(':');
  return `${clock}.${String(when.getMilliseconds()).padStart(3, '0')}`;
}

/** A trace id of a `traceparent`; '' for anything else. */
export function traceOf(traceparent) {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? '')?.[1] ?? '';
}
