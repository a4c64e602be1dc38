/**
 * The report as one HTML page that needs nothing but itself: no network, no fonts, no libraries.
 * It answers a reviewer's questions in their order: did it hold, what did not, what did not run and
 * why, and what exactly was seen. Fidelity (a released client judges our fakes) and conformance (the
 * suite judges the subject) are two sections, because a failure means something else in each. Every
 * requirement opens to its evidence; without scripts all of it can still be read, only the filters
 * are missing.
 */
import { html, raw } from 'hono/html';
import type { Oracle, Report } from '../../conformance/types.ts';
import { notRunReasons, rowsOf, totalOf } from '../flat.ts';
import { verdictOf } from '../summary.ts';
import { matrix } from './matrix.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

const SECTIONS: readonly { oracle: Oracle; id: string; title: string; about: string }[] = [
  {
    oracle: 'released-client',
    id: 'fidelity',
    title: 'Fidelity: are the fakes true?',
    about:
      'The judge is an unmodified release of a real client. A failure here indicts the service that it talked to: our fake.',
  },
  {
    oracle: 'suite',
    id: 'conformance',
    title: 'Conformance: does the subject keep the rules?',
    about:
      'The judge is this suite. A failure here indicts the subject: the client’s own manners, or the service that the suite’s own clients asked.',
  },
];

/** The whole page. */
export async function reportPage(report: Report): Promise<string> {
  const bad = totalOf(report, 'failed') > 0 || report.broke.length > 0;
  const open = totalOf(report, 'notRun') > 0;
  const state = bad ? 'failed' : open ? 'notRun' : 'passed';
  const { provenance } = report;
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>Conformance: ${verdictOf(report)}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<header>
  <p class="product">maasquerade conformance report</p>
  <h1><span class="lamp ${state}" aria-hidden="true"></span>${sentence(verdictOf(report))}</h1>
  <p class="meta">${provenance.at.slice(0, 16).replace('T', ' ')} UTC · seed ${report.seed} · ${
    report.world === 'own' ? 'worlds of the suite’s own' : 'services given by URL'
  } · ${provenance.productVersion} at <code>${provenance.commit.slice(0, 12)}</code>${
    provenance.dirty ? ' with changes' : ''
  }</p>
</header>
<main id="main">
${subjectCards(report)}
${unmet(report)}
${filters(report)}
${SECTIONS.map((section) => matrix(report, section))}
${selfTestSection(report)}
${gapSection(report)}
${provenanceSection(report)}
</main>
<script>${raw(SCRIPT)}</script>
</body>
</html>
`;
  return String(page);
}

function subjectCards(report: Report) {
  return html`<section aria-labelledby="subjects"><h2 id="subjects">Subjects</h2>
<ul class="cards">${report.subjects.map((one) => {
    const all = Math.max(1, one.requirements.length);
    const bar = (key: 'passed' | 'failed' | 'notRun' | 'notApplicable') =>
      one[key] > 0 ? html`<i class="${key}" style="flex-grow:${one[key]}"></i>` : '';
    return html`<li class="card">
  <h3>${one.id}</h3>
  <p class="meta">${one.version} · ${one.runtime}</p>
  <p class="score"><b>${one.passed}</b> of ${all} held</p>
  <div class="bar" aria-hidden="true">${bar('passed')}${bar('failed')}${bar('notRun')}${bar('notApplicable')}</div>
  <p class="meta">${one.failed} failed · ${one.notRun} not run${
    one.notApplicable > 0 ? ` · ${one.notApplicable} not applicable` : ''
  }</p>
</li>`;
  })}</ul>
${report.broke.map((one) => html`<p class="alarm"><b>The run broke for ${one.subject}:</b> ${one.reason}</p>`)}
</section>`;
}

/** What a reviewer looks for first: what did not hold, and why something did not run. */
function unmet(report: Report) {
  const failures = rowsOf(report)
    .filter(({ result }) => result.outcome === 'failed')
    .map(
      ({ subject, result }) =>
        html`<li><a href="#${result.id}"><code>${result.id}</code></a> <span class="meta">${subject.id}, ${result.level}</span><br>${result.evidence.note}</li>`,
    );
  const reasons = report.subjects.flatMap((subject) =>
    notRunReasons(subject).map(
      ([reason, times]) => html`<li><b>${subject.id}</b>: ${times} requirements. ${reason}</li>`,
    ),
  );
  return html`${
    failures.length > 0
      ? html`<section aria-labelledby="failed"><h2 id="failed">What did not hold</h2><ul class="unmet failures">${failures}</ul></section>`
      : ''
  }${
    reasons.length > 0
      ? html`<section aria-labelledby="notrun"><h2 id="notrun">What did not run, and why</h2><ul class="unmet">${reasons}</ul></section>`
      : ''
  }`;
}

function filters(report: Report) {
  const profiles = [...new Set(report.requirements.map((one) => one.profile))].sort();
  const select = (name: string, label: string, options: readonly (readonly [string, string])[]) =>
    html`<label>${label} <select name="${name}"><option value="">all</option>${options.map(
      ([value, word]) => html`<option value="${value}">${word}</option>`,
    )}</select></label>`;
  return html`<form id="filters" class="filters" hidden aria-label="Filter the requirements">
  <label class="grow">Search <input type="search" name="text" placeholder="id, title or source" autocomplete="off"></label>
  ${select('outcome', 'Outcome', [
    ['failed', 'failed'],
    ['notRun', 'not run'],
    ['passed', 'passed'],
    ['notApplicable', 'not applicable'],
  ])}
  ${select(
    'subject',
    'Subject',
    report.subjects.map((one) => [one.id, one.id] as const),
  )}
  ${select(
    'profile',
    'Profile',
    profiles.map((one) => [one, one] as const),
  )}
  ${select('level', 'Level', [
    ['MUST', 'MUST'],
    ['SHOULD', 'SHOULD'],
    ['MAY', 'MAY'],
  ])}
  <button type="reset">Clear</button>
  <output name="shown" aria-live="polite"></output>
</form>`;
}

function selfTestSection(report: Report) {
  if (!report.selfTest) return '';
  const rows = report.selfTest.map(
    (one) =>
      html`<tr><th scope="row">${one.id}</th><td class="number">${one.noticed}</td><td class="number">${one.blind.length}</td><td class="number">${one.notRun.length}</td></tr>`,
  );
  const blind = report.selfTest.flatMap((one) =>
    one.blind.map(
      (each) =>
        html`<li><b>${one.id}</b>: <code>${each.requirement}</code> did not notice <code>${each.saboteur}</code>. ${each.note}</li>`,
    ),
  );
  return html`<section aria-labelledby="selftest"><h2 id="selftest">Self-test: would a break be noticed?</h2>
<p>For each requirement a small break of the service, its saboteur, was put in place; the requirement must then fail.</p>
<table class="plain"><thead><tr><th scope="col">Subject</th><th scope="col" class="number">Noticed</th><th scope="col" class="number">Blind</th><th scope="col" class="number">Not put to the test</th></tr></thead><tbody>${rows}</tbody></table>
${blind.length > 0 ? html`<ul class="alarm">${blind}</ul>` : html`<p>No requirement that was put to the test is blind.</p>`}
</section>`;
}

function gapSection(report: Report) {
  const rows = report.gaps.map(
    (gap) =>
      html`<tr><td>${gap.where}</td><td><code>${gap.what}</code></td><td><code>${gap.answered}</code></td><td class="number">${gap.count}</td></tr>`,
  );
  return html`<section aria-labelledby="gaps"><h2 id="gaps">Met and not known</h2>
<p>What a fake was asked and does not know. It answered as the real version does; nothing was passed on to any network. Checks that ask for such things on purpose are among them.</p>
${
  rows.length === 0
    ? html`<p>Nothing.</p>`
    : html`<div class="wide"><table class="plain"><thead><tr><th scope="col">Where</th><th scope="col">What</th><th scope="col">Answered</th><th scope="col" class="number">Times</th></tr></thead><tbody>${rows}</tbody></table></div>`
}
</section>`;
}

function provenanceSection(report: Report) {
  const { provenance } = report;
  const entries: readonly (readonly [string, string])[] = [
    ['Made', provenance.at],
    ['By', `${provenance.product} ${provenance.productVersion}`],
    ['Commit', `${provenance.commit}${provenance.dirty ? ' (with changes)' : ''}`],
    ['Command', provenance.command],
    ['Runtime', provenance.runtime],
    ['Host', provenance.host],
    ['Took', `${(provenance.wallMs / 1000).toFixed(1)} s`],
  ];
  return html`<section aria-labelledby="provenance"><h2 id="provenance">Provenance</h2>
<dl>${entries.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl></section>`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
