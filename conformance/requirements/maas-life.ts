/**
 * A machine's life, allocation's refusals, results and events (facts/maas-api 3, 4, 5): what libraries
 * pass on without looking, so the suite's own client is asked.
 */
import { group } from './requirement.ts';

const REWORDED = 'machine-refusals-reworded';
const STUCK = 'machine-status-stuck';
const EMPTY = 'machine-inside-empty';

export const MAAS_LIFE = group({ profile: 'maas', oracle: 'suite', subjects: ['reference'] }, [
  row('allocation.unknown-constraint', 'An unknown constraint is a 400 under its own name.', '5.1'),
  row(
    'allocation.no-match',
    'No match is a 409 that repeats the constraints and what they mean.',
    '5.1',
  ),
  row(
    'allocation.no-such-machine',
    'A machine asked for by id and not free is named in the 409.',
    '5.1',
  ),
  row('allocation.bad-storage', 'A malformed storage constraint is a 400 that repeats it.', '5.3'),
  row('allocation.bad-number', 'A number that is none is a 400 under its own name.', '5.2'),
  row('allocation.unknown-tag', 'An unknown tag is a 400 that names it.', '5.2'),
  row('allocation.unknown-zone', 'An unknown zone is a 400 that names it.', '5.2'),
  row('allocation.unknown-architecture', 'An architecture without images is a 400.', '5.2'),
  row(
    'allocation.owner',
    'An allocated machine is the caller’s, with constraints_by_type.',
    '4.3',
    STUCK,
  ),
  row('life.mark-fixed', 'Only a broken machine can be marked fixed.', '4.7'),
  row('life.commission-refused', 'An allocated machine is not commissioned.', '4.5'),
  row('life.abort-refused', 'There is nothing to abort on an allocated machine.', '4.11'),
  row('life.lock-refused', 'A machine that is not deployed is not locked.', '4.10'),
  row('life.unlock-refused', 'A machine that is not locked is not unlocked.', '4.10'),
  row(
    'life.illegal-transition',
    'A transition that the table has not is a 409 that names both.',
    '4.2',
  ),
  row('life.override-refused', 'Only failed tests are overridden.', '4.8'),
  row('life.deploy-series', 'An unknown series is a 400 that lists those there are.', '4.4'),
  row('life.deploy-bridge', 'An unknown bridge type is a 400 under its own name.', '4.4'),
  row('life.restore-refused', 'Configuration is restored in Ready and Failed testing only.', '3.2'),
  row('life.curtin-refused', 'There is no installer’s configuration outside a deployment.', '3.2'),
  row('life.annotate', 'An empty value removes an annotation, the others stay.', '3.2', STUCK),
  row('life.bulk-unknown', 'A bulk release of an unknown machine is a 400 that names it.', '3.1'),
  row(
    'life.release',
    'A machine that is off is Ready, and nobody’s, in the answer itself.',
    '4.6',
    STUCK,
  ),
  row(
    'life.release-again',
    'Releasing a Ready machine changes nothing and goes well.',
    '4.6',
    STUCK,
  ),
  row('life.annotate-free', 'A free machine takes no annotations.', '3.2'),
  row('life.power-on-free', 'A free machine is not switched on.', '3.2'),
  row(
    'life.mark-broken-free',
    'Only the owner marks a machine broken: 403 with nothing said.',
    '4.7',
  ),
  row('life.commission-script', 'An unknown testing script is a 400 under its field.', '4.5'),
  row('life.commission', 'Commissioning goes through Testing to Ready.', '4.5', STUCK),
  row('life.test', 'Testing goes back to Ready.', '4.8', STUCK),
  row('results.testing', 'Testing leaves a set of results, one for each disk.', '3.7', EMPTY),
  row('results.unknown-id', 'An id of results that is no number is explained.', '3.7', EMPTY),
  row('machine.details', 'Details are BSON with what lshw saw.', '3.2', EMPTY),
  row(
    'events.newest-first',
    'Events are told newest first, with addresses of the next pages.',
    '8.4',
    EMPTY,
  ),
  row('events.limit', 'More than 1000 events at once are refused.', '8.4', EMPTY),
  row(
    'scripts.built-in',
    'The default test is among the scripts, and cannot be anybody’s.',
    '3.8',
    EMPTY,
  ),
  row('tags.definition', 'A definition that is no XPath is a 400 under its field.', '3.9', EMPTY),
]);

function row(id: string, title: string, section: string, saboteur = REWORDED) {
  return {
    id: `maas.${id}`,
    title,
    level: 'MUST' as const,
    source: `facts/maas-api ${section}`,
    saboteur,
  };
}
