// Applies the stored theme before the first paint, so that a page never flashes, and says so when
// a part of the page could not be loaded: then no module runs that could.
// A classic script on purpose: modules run only after the document was parsed.

(() => {
  const key = 'unified-core.theme';
  const apply = (theme) => {
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  try {
    apply(localStorage.getItem(key));
  } catch {
    // Storage is off: the system's preference decides.
  }
  document.addEventListener('DOMContentLoaded', () => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const toggle = document.getElementById('theme-toggle');
    toggle?.addEventListener('click', () => {
      const now = document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light');
      const next = now === 'dark' ? 'light' : 'dark';
      // Back at what the system prefers, follow the system again.
      const stored = next === (dark.matches ? 'dark' : 'light') ? null : next;
      apply(stored);
      try {
        if (stored) localStorage.setItem(key, stored);
        else localStorage.removeItem(key);
      } catch {
        // The choice then holds for this page alone.
      }
    });
  });
})();

(() => {
  const RETRY_MILLISECONDS = 15_000;
  addEventListener('error', ({ target }) => {
    const notice = document.getElementById('load-problem');
    if (!(target instanceof HTMLScriptElement) || !notice?.hidden) return;
    notice.hidden = false;
    setTimeout(() => location.reload(), RETRY_MILLISECONDS);
  }, true);
})();
