/**
 * What a command-line client must do with versions: the straw man's four refusals, what they must
 * tell an operator, and that they change nothing. Source: the original post as the issue text and
 * facts/juju-versions-and-upgrades 10 put it; which facts a message must name is design 3.7.
 */
import { group } from './requirement.ts';

export const CLIENT = group({ profile: 'client', oracle: 'suite', subjects: ['reference'] }, [
  {
    id: 'client.versions',
    title: 'The client tells its own version, the controller’s and the agents’.',
    level: 'MUST',
    source: 'issue text, part 1 item 3',
    saboteur: 'server-version-word',
  },
  {
    id: 'client.bootstrap.missing',
    title: 'Bootstrap with an agent-version that does not exist is refused as missing.',
    level: 'MUST',
    source: 'issue text, part 1 item 3',
    saboteur: 'metadata-lists-everything',
  },
  {
    id: 'client.bootstrap.incompatible',
    title: 'Bootstrap with another major.minor than the client’s is refused as incompatible.',
    level: 'MUST',
    source: 'issue text, part 1 item 3',
    saboteur: 'metadata-shrinks',
  },
  {
    id: 'client.create-environment.missing',
    title: 'A model with an agent-version that does not exist is refused as missing.',
    level: 'MUST',
    source: 'issue text, part 1 item 3',
    saboteur: 'metadata-lists-everything',
  },
  {
    id: 'client.create-environment.incompatible',
    title: 'A model with a newer agent-version than the controller’s is refused as incompatible.',
    level: 'MUST',
    source: 'issue text, part 1 item 3',
    saboteur: 'metadata-shrinks',
  },
  {
    id: 'client.refusals.short-form',
    title: 'The short form of each refusal fits 72 characters and holds the deciding version.',
    level: 'MUST',
    source: 'design 3.7',
    saboteur: 'metadata-shrinks',
  },
  {
    id: 'client.refusals.change-nothing',
    title: 'After each refusal every model is as it was.',
    level: 'MUST',
    source: 'issue text, holds when',
    saboteur: 'summary-version-jumps',
  },
]);
