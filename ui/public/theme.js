// Sets the theme before the first paint: loaded in <head>, blocking, so that no page flashes in the wrong colours.
// A file of its own, because the content security policy allows no inline script. Kept in step with src/ui/theme.ts.
(() => {
  let theme = 'system';
  try {
    theme = JSON.parse(localStorage.getItem('vizsla.preferences') ?? '{}').state?.theme ?? theme;
  } catch {
    // Storage may be blocked or hold something else; the system's theme will do.
  }
  const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
