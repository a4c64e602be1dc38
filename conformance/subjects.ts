/**
 * The subjects that the suite knows by id (design 4). A subject is a component of its own under
 * `components/`, or `reference`: the suite's own clients. Ids whose component is not there yet are
 * known too, so that asking for one says that it did not run rather than that it does not exist.
 */
import type { Profile } from './types.ts';

export interface Subject {
  readonly id: string;
  readonly profiles: readonly Profile[];
  /** Whether a component folder runs it; otherwise the suite's own clients, or nothing yet. */
  readonly runs: 'component' | 'in-process' | 'not-yet';
  /** `signal`: it stands for the machine itself, so nothing else may end its deployment. */
  readonly deployBy?: 'signal';
}

export const SUBJECTS: readonly Subject[] = [
  {
    id: 'reference',
    profiles: ['maas', 'controller', 'agent', 'streams', 'client'],
    runs: 'in-process',
  },
  { id: 'jujulib', profiles: ['controller'], runs: 'component' },
  { id: 'agent-binary-finder', profiles: ['streams'], runs: 'component' },
  { id: 'juju-maas-provider', profiles: ['maas'], runs: 'component' },
  { id: 'python-libmaas', profiles: ['maas'], runs: 'component' },
  { id: 'cloud-init', profiles: ['maas'], runs: 'component', deployBy: 'signal' },
  { id: 'gomaasapi-v2', profiles: ['maas'], runs: 'component' },
  { id: 'gomaasapi-v3', profiles: ['maas'], runs: 'component' },
  ...(
    [
      ['gomaasclient', 'maas'],
      ['terraform-provider-maas', 'maas'],
      ['juju-cli-2.9', 'controller'],
      ['juju-cli-3.6', 'controller'],
      ['juju-cli-4.0', 'controller'],
      ['python-libjuju', 'controller'],
      ['jubilant', 'controller'],
      ['upgrader-worker', 'agent'],
      ['terraform-provider-juju', 'controller'],
    ] as const
  ).map(([id, profile]): Subject => ({ id, profiles: [profile], runs: 'not-yet' })),
];

/** The subjects that a run without `--subject` takes. */
export const DEFAULT_SUBJECTS: readonly string[] = SUBJECTS.filter(
  (one) => one.runs !== 'not-yet',
).map((one) => one.id);

export function findSubject(id: string): Subject | undefined {
  return SUBJECTS.find((one) => one.id === id);
}
