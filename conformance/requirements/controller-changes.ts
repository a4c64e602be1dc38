/**
 * What a controller must answer the JavaScript client library when people change things: users and
 * their access, models, machines, settings. Sources are sections of facts/juju-api. Two saboteurs
 * serve: one takes everything out of these answers, the other lets every refusal pass.
 */
import type { Requirement } from '../types.ts';
import { group } from './requirement.ts';

const EMPTIED = 'changes-emptied';
const WELCOME = 'changes-welcome';

type Row = readonly [
  id: string,
  saboteur: string,
  level: Requirement['level'],
  source: string,
  title: string,
];

const ROWS: readonly Row[] = [
  ['user.add', EMPTIED, 'MUST', '3.1', 'A new user comes back as a tag.'],
  ['user.add-again', WELCOME, 'MUST', '1.5', 'A name that is taken is refused as already there.'],
  ['user.info', EMPTIED, 'MUST', '3.1', 'A user is told with name, display name and access.'],
  ['user.no-access', WELCOME, 'MUST', '2.2', 'Without a grant nobody logs in to a model.'],
  ['user.grant', EMPTIED, 'MUST', '3.2', 'Access to a model is granted, one result a change.'],
  ['user.grant-again', WELCOME, 'MUST', '3.2', 'A grant of what is there already is refused.'],
  [
    'user.model-access',
    EMPTIED,
    'MUST',
    '2.1',
    'Login on a model tells the access that was granted.',
  ],
  ['user.reads', EMPTIED, 'MUST', '2.1', 'Who may read a model gets its status.'],
  [
    'user.may-not-write',
    WELCOME,
    'MUST',
    '2.1',
    'Who may only read a model changes nothing in it.',
  ],
  [
    'user.may-write',
    EMPTIED,
    'MUST',
    '2.1',
    'A grant of more counts at once, on the same connection.',
  ],
  ['user.disabled', WELCOME, 'MUST', '2.2', 'A disabled user cannot log in.'],
  ['user.removed', WELCOME, 'MUST', '1.5', 'A removed user is not found.'],
  ['controller-access', EMPTIED, 'MUST', '3.2', 'A user’s access to the controller is told.'],
  ['clouds', EMPTIED, 'MUST', '3.2', 'Clouds are listed by tag, with type and regions.'],
  ['credentials', EMPTIED, 'MUST', '3.2', 'A user’s credentials are listed as tags.'],
  [
    'controller-config',
    EMPTIED,
    'MUST',
    '3.2',
    'The controller’s settings hold its UUID, CA and port.',
  ],
  ['controller-version', EMPTIED, 'MUST', '3.1', 'The controller’s version is that of login.'],
  ['model.create', EMPTIED, 'MUST', '3.1, 8 D', 'A new model comes back as full information.'],
  ['model.create-again', WELCOME, 'MUST', '1.5', 'A second model of the name is refused.'],
  [
    'model.destroyed',
    WELCOME,
    'MUST',
    '3.1, 8 D',
    'A destroyed model is not found, which ends the client’s wait.',
  ],
  ['machine.add', EMPTIED, 'MUST', '3.2, 8 E', 'A new machine comes back by number.'],
  [
    'machine.container',
    EMPTIED,
    'MUST',
    '3.2',
    'A container is placed on the machine that was named.',
  ],
  [
    'machine.pending',
    EMPTIED,
    'MUST',
    '5.5',
    'A machine that has no agent yet is pending, without a version.',
  ],
  [
    'machine.hosting',
    WELCOME,
    'MUST',
    '1.5',
    'A machine that hosts containers is not removed unforced.',
  ],
  [
    'machine.dry-run',
    EMPTIED,
    'SHOULD',
    '3.1: clients only show it',
    'A dry run of a removal tells what would go.',
  ],
  ['machine.removed', EMPTIED, 'MUST', '3.1', 'A removed machine is gone from status.'],
  ['setting.set', EMPTIED, 'MUST', '3.1', 'A setting shows at once, with the model as its source.'],
  ['setting.reset', EMPTIED, 'MUST', '3.1', 'A setting that was reset is no longer the model’s.'],
  [
    'setting.agent-version',
    WELCOME,
    'MUST',
    '3.1',
    'A model’s agent-version is not set as a setting.',
  ],
  [
    'constraints',
    EMPTIED,
    'MUST',
    '3.2, 8 D',
    'Constraints of a model come back as they were set.',
  ],
  ['annotations', EMPTIED, 'MUST', '3.9', 'Annotations come back with the entity that has them.'],
  ['keys.add', WELCOME, 'MUST', '4.1', 'A key that is none is refused, item by item.'],
  ['keys.list', EMPTIED, 'MUST', '4.1', 'A model’s keys come back whole.'],
  ['spaces', EMPTIED, 'MUST', '4.1', 'Every model has a space.'],
  [
    'subnets',
    EMPTIED,
    'SHOULD',
    '4.1: clients only show them',
    'The networks of machines are told, each in a space.',
  ],
  ['block.on', EMPTIED, 'MUST', '1.5', 'A block is listed with its type and message.'],
  [
    'block.stops',
    WELCOME,
    'MUST',
    '1.5',
    'A blocked operation is refused in the operator’s words.',
  ],
  ['block.off', EMPTIED, 'MUST', '1.5', 'A block that was switched off is gone.'],
];

export const CONTROLLER_CHANGES = group(
  { profile: 'controller', oracle: 'released-client', subjects: ['jujulib'] },
  ROWS.map(([id, saboteur, level, source, title]) => ({
    id: `controller.change.${id}`,
    title,
    level,
    source: `facts/juju-api ${source}`,
    saboteur,
  })),
);
