// Who is signed in: by name and password, which the hub turns into cookies that no script reads, or
// by a token from the link's fragment, from the form, or kept for this tab. The fragment never
// reaches a server's log; it leaves the address bar before anything loads.

import { readToken } from '../client/hub.js';
import { duration } from '../stream.js';
import { byId, element } from './dom.js';

const KEY = 'unified-core.token';
/** Says that this browser has a session, so that nobody else's visit asks for one. */
const SESSION_KEY = 'unified-core.session';
const EXPIRY_REFRESH_MILLISECONDS = 10_000;

/** Wires sign-in and sign-out; call `begin()` once the panels are ready. */
export function mainSession({ onSignIn, onSignOut }) {
  const form = byId('token-form');
  const input = byId('token-input');
  const error = byId('token-error');
  const passwordForm = byId('password-form');
  const passwordError = byId('password-error');
  /** @type {ReturnType<typeof readToken>} */
  let who = null;
  /** Whether cookies speak for the user. */
  let isSession = false;

  /** Goes on with the session that the hub said this of. */
  function enter(grant) {
    signOut();
    who = { subject: grant.user.name, roles: grant.user.roles, expiresAt: null };
    isSession = true;
    keep('localStorage', SESSION_KEY, 'open');
    passwordForm.reset();
    showReason('');
    show(true);
    onSignIn({ token: '', who, renew });
  }

  async function renew() {
    const answer = await ask('/auth/refresh');
    if (answer?.status === 401) keep('localStorage', SESSION_KEY, '');
    return Boolean(answer?.ok);
  }

  async function resume() {
    const answer = await ask('/auth/refresh');
    if (answer?.ok) enter(await answer.json());
    else show(false);
  }

  function signIn(token) {
    signOut();
    const claims = readToken(token);
    if (!claims) return reject('That is not an access token.');
    if (claims.expiresAt && claims.expiresAt.getTime() <= Date.now()) {
      return reject(`That token expired on ${claims.expiresAt.toLocaleString()}.`);
    }
    who = claims;
    keep('sessionStorage', KEY, token);
    form.reset();
    showReason('');
    show(true);
    onSignIn({ token, who });
    return true;
  }

  function signOut() {
    if (who) onSignOut();
    if (isSession) ask('/auth/logout');
    isSession = false;
    who = null;
    keep('sessionStorage', KEY, '');
    keep('localStorage', SESSION_KEY, '');
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
    passwordError.textContent = '';
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
  passwordForm.addEventListener('submit', async (event) => {
    event.preventDefault();
    const body = {
      name: byId('name-input').value, password: byId('password-input').value, cookies: true,
    };
    const answer = await ask('/auth/login', body);
    if (answer?.ok) {
      enter(await answer.json());
      byId('content').focus();
      return;
    }
    const problem = await answer?.json().catch(() => null);
    passwordError.textContent = problem?.detail ?? 'The hub can\'t be reached.';
    byId('password-input').focus();
  });
  byId('sign-out').addEventListener('click', () => {
    signOut();
    byId('name-input').focus();
  });
  addEventListener('hashchange', () => {
    const token = takeFragment();
    if (token) signIn(token);
  });
  setInterval(showExpiry, EXPIRY_REFRESH_MILLISECONDS);

  return {
    begin() {
      const token = takeFragment() || recall('sessionStorage', KEY);
      if (token && signIn(token)) return;
      if (!token && recall('localStorage', SESSION_KEY)) resume();
      else show(false);
    },
    /** Signs out because the hub refused, and says why. */
    end(problem) {
      signOut();
      showReason(problem.detail ? `${problem.title}. ${problem.detail}` : problem.title);
      byId('name-input').focus();
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

function recall(storage, key) {
  try {
    return window[storage].getItem(key) ?? '';
  } catch {
    return '';
  }
}

function keep(storage, key, text) {
  try {
    if (text) window[storage].setItem(key, text);
    else window[storage].removeItem(key);
  } catch {
    // Storage is off: it then lives as long as this page.
  }
}

/** Asks about the session; undefined when the hub can't be reached. */
async function ask(path, body) {
  try {
    return await fetch(path, {
      method: 'POST',
      headers: body ? { 'Content-Type': 'application/json' } : {},
      body: body && JSON.stringify(body),
      cache: 'no-store',
    });
  } catch {
    return undefined;
  }
}
