/**
 * `conform --self-test`: does each requirement notice anything? Every saboteur of a subject's
 * requirements is put to work in a world of its own, and each requirement that names it must then
 * fail. One that passes is blind, and so is one that could not even be asked. A requirement that
 * fails without any saboteur proves nothing, and is blind until that is mended.
 */
import { SABOTEURS } from './saboteurs/index.ts';
import type { Saboteur } from './saboteurs/saboteur.ts';
import type { Requirement, SelfTestResult, SubjectResult } from './types.ts';
import { judge, saboteursOf, type Witnessed } from './witness.ts';

/** Saboteurs at work at once: their runs mostly wait. */
const AT_ONCE = 3;

/**
 * @param clean what the subject gave without a saboteur
 * @param trial runs the subject with a saboteur at work
 * @throws Error when a requirement names a saboteur that does not exist
 */
export async function selfTest(
  subject: string,
  requirements: readonly Requirement[],
  clean: SubjectResult,
  trial: (saboteur: Saboteur) => Promise<Witnessed>,
  onStart: (saboteur: string) => void,
  signal: AbortSignal,
): Promise<SelfTestResult> {
  const before = new Map(clean.requirements.map((one) => [one.id, one.outcome]));
  const blind: { requirement: string; saboteur: string; note: string }[] = [];
  const notRun: string[] = [];
  let noticed = 0;

  const work = async ([id, group]: [string, Requirement[]]): Promise<void> => {
    const saboteur = SABOTEURS.get(id);
    if (!saboteur) throw new Error(`no saboteur has the id ${id}`);
    onStart(id);
    const asked = group.filter((one) => before.get(one.id) === 'passed');
    for (const one of group) {
      if (before.get(one.id) === 'failed') {
        blind.push({ requirement: one.id, saboteur: id, note: 'it fails without any saboteur' });
      } else if (!asked.includes(one)) notRun.push(one.id);
    }
    if (asked.length === 0) return;
    let witnessed: Witnessed;
    try {
      witnessed = await trial(saboteur);
    } catch (error) {
      signal.throwIfAborted();
      // A driver that a broken service can break tells nothing about the requirement.
      const note = `the run broke: ${error instanceof Error ? error.message : error}`;
      for (const one of asked) blind.push({ requirement: one.id, saboteur: id, note });
      return;
    }
    for (const one of asked) {
      const { outcome, note } = judge(one, witnessed.seen);
      if (outcome === 'failed') noticed++;
      else {
        const text = witnessed.clean(note);
        blind.push({ requirement: one.id, saboteur: id, note: `${outcome}: ${text}` });
      }
    }
  };

  const queue = [...saboteursOf(requirements)];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return {
    id: subject,
    noticed,
    blind: blind.sort((a, b) => (a.requirement < b.requirement ? -1 : 1)),
    notRun: notRun.sort(),
  };
}
