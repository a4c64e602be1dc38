/**
 * The page's only script: the filters, and opening the row that a link points at. It runs in the
 * reader's browser, so it is kept as text; the page is whole without it.
 */
export const SCRIPT = `
const form = document.getElementById('filters');
const rows = [...document.querySelectorAll('details.row')];
const apply = () => {
  const asked = new FormData(form);
  const text = String(asked.get('text')).trim().toLowerCase();
  const subject = asked.get('subject'), outcome = asked.get('outcome');
  let shown = 0;
  for (const row of rows) {
    const outcomes = row.dataset.outcomes.split(' ').filter(Boolean);
    const fits = outcomes.some((one) => {
      const at = one.lastIndexOf(':');
      return (!subject || one.slice(0, at) === subject) && (!outcome || one.slice(at + 1) === outcome);
    });
    const words = row.querySelector('.what').textContent + ' ' + row.querySelector('.evidence .meta').textContent;
    row.hidden = !(fits && (!text || words.toLowerCase().includes(text)) &&
      (!asked.get('profile') || row.dataset.profile === asked.get('profile')) &&
      (!asked.get('level') || row.dataset.level === asked.get('level')));
    if (!row.hidden) shown++;
  }
  for (const section of document.querySelectorAll('section.matrix')) {
    section.querySelector('.nothing').hidden = section.querySelector('details.row:not([hidden])') !== null;
  }
  form.elements.shown.value = shown + ' of ' + rows.length + ' shown';
};
form.hidden = false;
form.addEventListener('input', apply);
form.addEventListener('reset', () => setTimeout(apply));
form.addEventListener('submit', (event) => event.preventDefault());
const openTarget = () => {
  const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (row instanceof HTMLDetailsElement) row.open = true;
};
addEventListener('hashchange', openTarget);
openTarget();
apply();
`;
