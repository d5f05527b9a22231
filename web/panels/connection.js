// The badge that says how fresh the page is, and the notice after a gap.
// Only the label is announced to screen readers; the age beside it changes every second.

import { badgeState, duration } from '../stream.js';
import { byId } from './dom.js';

const LABELS = {
  live: 'Live',
  replaying: 'Catching up',
  stale: 'Stale',
  offline: 'Offline',
  'signed-out': 'Signed out',
};

const GAPS = {
  trimmed: 'The hub no longer holds everything that happened while you were away.',
  unknown_epoch: 'The hub was restored, so its history starts anew.',
  future: 'This page was ahead of the hub it is connected to now.',
  malformed: 'The hub could not tell where this page had stopped.',
  slow: 'This page was too slow to take every event.',
};

/** Shows the state of the tab's stream; `onReload` re-reads the lists after a gap. */
export function mainConnection({ onReload }) {
  const badge = byId('connection');
  const label = byId('connection-label');
  const age = byId('connection-age');
  const notice = byId('notice');
  /** @type {any} */
  let tab = null;
  let wasLive = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;

  function show() {
    const state = tab ? badgeState(tab.stream) : 'signed-out';
    const words = labelText(state);
    wasLive ||= state === 'live';
    if (badge.dataset.state !== state) badge.dataset.state = state;
    if (label.textContent !== words) label.textContent = words;
    const text = tab && state !== 'live' ? ageText(state) : '';
    if (age.textContent !== text) age.textContent = text;
  }

  /** `stale` covers a silent hub, a cut being mended and the very first connection. */
  function labelText(state) {
    if (state !== 'stale' || tab.stream.state === 'stale') return LABELS[state];
    return wasLive ? 'Reconnecting' : 'Connecting';
  }

  function ageText(state) {
    const at = tab.lastEventAt();
    const parts = [at ? `last event ${duration(Date.now() - at)} ago` : 'no event yet'];
    const wait = tab.stream.nextAttemptAt - Date.now();
    if (state !== 'replaying' && wait > 500) parts.push(`next try in ${duration(wait)}`);
    return parts.join(' · ');
  }

  function hideNotice() {
    notice.hidden = true;
    delete notice.dataset.reason;
  }

  byId('notice-reload').addEventListener('click', () => {
    hideNotice();
    onReload();
    byId('content').focus();
  });
  byId('notice-dismiss').addEventListener('click', () => {
    hideNotice();
    byId('content').focus();
  });
  addEventListener('online', show);
  addEventListener('offline', show);

  return {
    start(context) {
      tab = context.tab;
      tab.stream.addEventListener('state', show);
      tab.stream.addEventListener('gap', ({ detail }) => {
        byId('notice-title').textContent = 'Some events are missing here.';
        byId('notice-text').textContent =
          `${GAPS[detail.reason] ?? ''} Reload the lists to be up to date.`.trim();
        notice.dataset.reason = detail.reason;
        notice.hidden = false;
      });
      timer = setInterval(show, 1_000);
      show();
    },
    stop() {
      clearInterval(timer);
      tab = null;
      wasLive = false;
      hideNotice();
      show();
    },
  };
}
