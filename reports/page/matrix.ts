/**
 * One section of the page: the matrix of requirements x subjects of one oracle. A row is a
 * `details` element, so that it opens by mouse, keyboard and without scripts; what it opens to is
 * the evidence of every subject that was asked.
 */
import { html } from 'hono/html';
import type {
  Evidence,
  Oracle,
  Outcome,
  Report,
  Requirement,
  RequirementResult,
  SubjectResult,
} from '../../conformance/types.ts';
import { OUTCOME_WORDS } from '../flat.ts';

const SIGNS: Readonly<Record<Outcome, string>> = {
  passed: '✓',
  failed: '✕',
  notRun: '○',
  notApplicable: '–',
};

interface Section {
  readonly oracle: Oracle;
  readonly id: string;
  readonly title: string;
  readonly about: string;
}

export function matrix(report: Report, section: Section) {
  const requirements = report.requirements.filter((one) => one.oracle === section.oracle);
  const subjects = report.subjects.filter((subject) =>
    requirements.some((one) => one.subjects.includes(subject.id)),
  );
  if (subjects.length === 0) return '';
  const found = new Map(
    subjects.flatMap((subject) =>
      subject.requirements.map((one) => [`${subject.id}\n${one.id}`, one] as const),
    ),
  );
  const columns = `grid-template-columns: minmax(0, 1fr) 4.5rem repeat(${subjects.length}, 6.5rem)`;
  return html`<section class="matrix" aria-labelledby="${section.id}">
<h2 id="${section.id}">${section.title}</h2>
<p>${section.about}</p>
<div class="wide">
<div class="head line" style="${columns}"><span>Requirement</span><span>Level</span>${subjects.map(
    (one) => html`<span>${one.id}</span>`,
  )}</div>
${requirements.map((requirement) => row(requirement, subjects, found, columns))}
</div>
<p class="nothing" hidden>Nothing here matches the filter.</p>
</section>`;
}

function row(
  requirement: Requirement,
  subjects: readonly SubjectResult[],
  found: ReadonlyMap<string, RequirementResult>,
  columns: string,
) {
  const results = subjects.map(
    (subject) => [subject, found.get(`${subject.id}\n${requirement.id}`)] as const,
  );
  const outcomes = results.flatMap(([subject, one]) =>
    one ? [`${subject.id}:${one.outcome}`] : [],
  );
  return html`<details class="row" id="${requirement.id}" data-outcomes="${outcomes.join(' ')}" data-profile="${requirement.profile}" data-level="${requirement.level}">
<summary class="line" style="${columns}"><span class="what"><code>${requirement.id}</code><br>${requirement.title}</span><span class="level">${requirement.level}</span>${results.map(
    ([subject, one]) =>
      one
        ? html`<span class="cell ${one.outcome}"><span aria-hidden="true">${SIGNS[one.outcome]}</span><span class="sr"> ${subject.id}:</span> ${OUTCOME_WORDS[one.outcome]}</span>`
        : html`<span class="cell none" title="${subject.id} is not asked this">·</span>`,
  )}</summary>
<div class="evidence">
<p class="meta">Source: ${requirement.source}. Saboteur: <code>${requirement.saboteur}</code>.</p>
${results.map(([subject, one]) => (one ? evidence(subject, one.outcome, one.evidence) : ''))}
</div>
</details>`;
}

function evidence(subject: SubjectResult, outcome: Outcome, seen: Evidence) {
  return html`<article class="${outcome}">
<h4>${subject.id} ${subject.version}: ${OUTCOME_WORDS[outcome]}</h4>
<p>${seen.note}</p>
${seen.observed ? html`<p class="label">What the driver printed</p><pre>${seen.observed}</pre>` : ''}
${(seen.exchanges ?? []).map(
  (one) =>
    html`<div class="exchange"><div><p class="label">Sent</p><pre>${one.request}</pre></div><div><p class="label">Answered</p><pre>${one.answer}</pre></div></div>`,
)}
${seen.replay ? html`<p class="replay"><span class="label">Again</span> <code>${seen.replay}</code></p>` : ''}
</article>`;
}
