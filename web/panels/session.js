// Who is signed in: a token from the link's fragment, from the form, or kept for this tab.
// The fragment never reaches a server's log; it leaves the address bar before anything loads.

import { readToken } from '../client/hub.js';
import { duration } from '../stream.js';
import { byId, element } from './dom.js';

const KEY = 'unified-core.token';
const EXPIRY_REFRESH_MILLISECONDS = 10_000;

/** Wires sign-in and sign-out; call `begin()` once the panels are ready. */
export function mainSession({ onSignIn, onSignOut }) {
  const form = byId('token-form');
  const input = byId('token-input');
  const error = byId('token-error');
  /** @type {ReturnType<typeof readToken>} */
  let who = null;

  function signIn(token) {
    signOut();
    const claims = readToken(token);
    if (!claims) return reject('That is not an access token.');
    if (claims.expiresAt && claims.expiresAt.getTime() <= Date.now()) {
      return reject(`That token expired on ${claims.expiresAt.toLocaleString()}.`);
    }
    who = claims;
    remember(token);
    form.reset();
    showReason('');
    show(true);
    onSignIn(token);
    return true;
  }

  function signOut() {
    if (who) onSignOut();
    who = null;
    remember('');
    show(false);
  }

  function reject(text) {
    error.textContent = text;
    input.setAttribute('aria-invalid', 'true');
    input.focus();
    return false;
  }

  function show(signedIn) {
    document.body.dataset.session = signedIn ? 'signed-in' : 'signed-out';
    byId('sign-in').hidden = signedIn;
    for (const id of ['dashboard', 'account', 'sign-out']) byId(id).hidden = !signedIn;
    error.textContent = '';
    input.removeAttribute('aria-invalid');
    byId('account-subject').textContent = who?.subject ?? '';
    const roles = (who?.roles ?? []).map((role) => element('span', 'chip', role));
    byId('account-roles').replaceChildren(...roles);
    showExpiry();
  }

  function showExpiry() {
    const time = byId('account-expiry');
    const expiresAt = who?.expiresAt;
    time.hidden = !expiresAt;
    if (!expiresAt) return;
    const left = expiresAt.getTime() - Date.now();
    time.dateTime = expiresAt.toISOString();
    time.title = expiresAt.toLocaleString();
    time.dataset.soon = String(left < 5 * 60_000);
    time.textContent = left > 0 ? `expires in ${duration(left)}` : 'expired';
  }

  function showReason(text) {
    const reason = byId('sign-in-reason');
    reason.textContent = text;
    reason.hidden = !text;
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    // People paste `Bearer …` and whole links too.
    const pasted = input.value.trim().replace(/^.*#token=/, '').replace(/^bearer\s+/i, '');
    if (!pasted) return reject('Paste an access token first.');
    if (signIn(pasted)) byId('content').focus();
  });
  byId('sign-out').addEventListener('click', () => {
    signOut();
    input.focus();
  });
  addEventListener('hashchange', () => {
    const token = takeFragment();
    if (token) signIn(token);
  });
  setInterval(showExpiry, EXPIRY_REFRESH_MILLISECONDS);

  return {
    begin() {
      const token = takeFragment() || recall();
      if (!token || !signIn(token)) show(false);
    },
    /** Signs out because the hub refused, and says why. */
    end(problem) {
      signOut();
      showReason(problem.detail ? `${problem.title}. ${problem.detail}` : problem.title);
      input.focus();
    },
    /** Signs out if `problem` means that the token is worth nothing any more. */
    endIfRefused(problem) {
      if (!problem.needsSignIn) return false;
      this.end(problem);
      return true;
    },
  };
}

function takeFragment() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  if (token) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

function recall() {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

function remember(token) {
  try {
    if (token) sessionStorage.setItem(KEY, token);
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage is off: the token then lives as long as this page.
  }
}
