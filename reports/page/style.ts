/** The page's style: two colour schemes, outcomes told by sign and word, never by colour alone. */
export const STYLE = `
:root { color-scheme: light dark;
  --ground: light-dark(#fbfaf8, #16171a); --sheet: light-dark(#ffffff, #1e2024);
  --ink: light-dark(#1f2328, #e6e6e3); --soft: light-dark(#5b6169, #a2a7ae);
  --line: light-dark(#dcd9d3, #35383e); --hover: light-dark(#f3f1ec, #25282d);
  --passed: light-dark(#1a6b3c, #6fce95); --failed: light-dark(#b3261e, #ff8a80);
  --notRun: light-dark(#8a5a00, #f0b860); --notApplicable: light-dark(#5b6169, #a2a7ae);
  --accent: light-dark(#7a2f7d, #d79be0); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
header, main { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .25rem 0; display: flex; gap: .75rem; align-items: center; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .25rem; }
h3 { font-size: 1rem; margin: 0; } h4 { font-size: .95rem; margin: 0 0 .25rem; }
p { margin: .25rem 0 .75rem; max-width: 60rem; }
code, pre { font: .86em/1.45 ui-monospace, "Cascadia Mono", "Liberation Mono", Menlo, monospace; }
pre { margin: 0; padding: .6rem .75rem; background: var(--ground); border: 1px solid var(--line);
  border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 22rem; overflow: auto; }
.product { color: var(--accent); font-weight: 600; margin: 0; }
.meta, .label { color: var(--soft); font-size: .875rem; } .label { margin: .5rem 0 .15rem; }
.lamp { inline-size: .9rem; block-size: .9rem; border-radius: 50%; flex: none; background: currentColor; }
.passed { color: var(--passed); } .failed { color: var(--failed); }
.notRun { color: var(--notRun); } .notApplicable { color: var(--notApplicable); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .75rem; padding: 0; margin: .5rem 0; list-style: none; }
.card { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; padding: .85rem 1rem; }
.card p { margin: .15rem 0; } .score b { font-size: 1.5rem; line-height: 1.2; }
.bar { display: flex; gap: 2px; block-size: .4rem; margin: .35rem 0; }
.bar i { background: currentColor; border-radius: 2px; min-inline-size: 3px; flex-basis: 0; }
.alarm { border-inline-start: 4px solid var(--failed); padding: .4rem .75rem; background: var(--sheet); }
ul.alarm { list-style: none; }
a { color: var(--accent); }
.unmet { list-style: none; padding: 0; margin: .5rem 0; max-width: 60rem; }
.unmet li { background: var(--sheet); border-inline-start: 4px solid var(--notRun); padding: .4rem .85rem; margin: .4rem 0; overflow-wrap: anywhere; }
.unmet.failures li { border-color: var(--failed); }
.row { scroll-margin-top: 6rem; }
.filters { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: .5rem .85rem; align-items: end;
  padding: .75rem 0; margin-top: 1.5rem; background: var(--ground); border-bottom: 1px solid var(--line); }
.filters[hidden] { display: none; }
.filters label { display: grid; font-size: .8rem; color: var(--soft); } .grow { flex: 1 1 14rem; }
input, select, button { font: inherit; color: var(--ink); background: var(--sheet); border: 1px solid var(--line);
  border-radius: 6px; padding: .3rem .5rem; }
button { cursor: pointer; } output { font-size: .875rem; color: var(--soft); padding: .35rem 0; min-inline-size: 7rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.wide { overflow-x: auto; }
.matrix .wide { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; }
.line { display: grid; gap: .5rem; align-items: center; padding: .45rem .85rem .45rem 1.9rem; min-inline-size: 40rem; }
.head { font-size: .8rem; color: var(--soft); font-weight: 600; border-bottom: 1px solid var(--line); }
.head span { overflow-wrap: anywhere; }
.row + .row { border-top: 1px solid var(--line); }
summary { cursor: pointer; list-style: none; position: relative; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ""; position: absolute; inset-inline-start: .85rem; top: 50%; border: .3rem solid transparent;
  border-inline-start-color: var(--soft); transform: translateY(-50%); }
details[open] > summary::before { transform: translate(-.15rem, -25%) rotate(90deg); }
summary:hover, details[open] > summary { background: var(--hover); }
.what { overflow-wrap: anywhere; } .what code { color: var(--soft); }
.level { font-size: .8rem; color: var(--soft); }
.cell { font-size: .85rem; white-space: nowrap; } .cell.none { color: var(--soft); }
.cell.failed { font-weight: 700; }
.evidence { padding: .35rem 1.9rem 1rem; }
.evidence article { color: var(--ink); border-inline-start: 3px solid var(--line); padding: .1rem 0 .1rem .85rem; margin: .75rem 0; }
.evidence article.failed { border-color: var(--failed); } .evidence article.notRun { border-color: var(--notRun); }
.evidence article.passed { border-color: var(--passed); }
.exchange { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: .75rem; }
.replay code { user-select: all; }
.plain { border-collapse: collapse; background: var(--sheet); border: 1px solid var(--line); }
.plain th, .plain td { text-align: start; padding: .35rem .75rem; border-top: 1px solid var(--line); vertical-align: top; }
.plain thead th { font-size: .8rem; color: var(--soft); border-top: 0; } .plain .number { text-align: end; }
.plain code { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .5rem 0 3rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.sr { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; inset-inline-start: -999rem; } .skip:focus { inset-inline-start: 1rem; top: .5rem; }
@media (max-width: 40rem) { .exchange { grid-template-columns: 1fr; } }
@media print { .filters { display: none; } }
`;
