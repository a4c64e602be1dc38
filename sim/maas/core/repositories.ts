/** Package repositories that machines are told of (facts/maas-api 3.13, 6.8). */
import type { MaasCore } from './core.ts';
import { type Fields, formFlag } from './fields.ts';
import { listField, modelName, requiredField } from './form-fields.ts';
import { freshId } from './fresh-id.ts';
import { fieldRefusal, notFound, refusal } from './refusal.ts';

export interface PackageRepository {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly distributions: readonly string[];
  readonly disabledPockets: readonly string[];
  readonly disabledComponents: readonly string[];
  readonly disableSources: boolean;
  readonly components: readonly string[];
  readonly arches: readonly string[];
  readonly key: string;
  readonly enabled: boolean;
  /** One that comes with MAAS. */
  readonly isDefault: boolean;
}

const PORTS = ['armhf', 'arm64', 'ppc64el', 's390x', 'riscv64'];
const MAIN = ['amd64', 'i386'];
const POCKETS = ['updates', 'security', 'backports'];
const COMPONENTS = ['restricted', 'universe', 'multiverse'];

export function defaultRepositories(): Map<number, PackageRepository> {
  const of = (id: number, name: string, url: string, arches: string[]): PackageRepository => ({
    id,
    name,
    url,
    arches,
    distributions: [],
    disabledPockets: [],
    disabledComponents: [],
    disableSources: true,
    components: [],
    key: '',
    enabled: true,
    isDefault: true,
  });
  return new Map([
    [1, of(1, 'main_archive', 'http://archive.ubuntu.com/ubuntu', MAIN)],
    [2, of(2, 'ports_archive', 'http://ports.ubuntu.com/ubuntu-ports', PORTS)],
  ]);
}

/** By id or name. @throws Refusal 404 */
export function repositoryOf(core: MaasCore, text: string): PackageRepository {
  for (const one of core.repositories.values()) {
    if (String(one.id) === text || one.name === text) return one;
  }
  throw notFound('PackageRepository', text);
}

/** @throws Refusal 400 */
export function createRepository(core: MaasCore, fields: Fields): PackageRepository {
  const made: PackageRepository = {
    ...repositoryFrom(core, fields, undefined),
    id: freshId(core.repositories),
    isDefault: false,
  };
  core.repositories.set(made.id, made);
  return made;
}

/** @throws Refusal 400 */
export function updateRepository(
  core: MaasCore,
  before: PackageRepository,
  fields: Fields,
): PackageRepository {
  const { id, isDefault } = before;
  const changed = { ...repositoryFrom(core, fields, before), id, isDefault };
  core.repositories.set(id, changed);
  return changed;
}

/** @throws Refusal 400 for one that comes with MAAS */
export function deleteRepository(core: MaasCore, { id, isDefault, name }: PackageRepository): void {
  if (isDefault) {
    throw refusal('invalid', 'Default package repositories may not be deleted.', { wanted: name });
  }
  core.repositories.delete(id);
}

function repositoryFrom(
  core: MaasCore,
  fields: Fields,
  before: PackageRepository | undefined,
): Omit<PackageRepository, 'id' | 'isDefault'> {
  const others = [...core.repositories.values()].filter(({ id }) => id !== before?.id);
  const name = modelName(
    fields.text('name') || before?.name || requiredField(fields, 'name'),
    'Package repository',
    others.map((other) => other.name),
  );
  const url = fields.text('url') || before?.url || requiredField(fields, 'url');
  if (!/^(https?|ftp):\/\/[^\s/]+|^ppa:/.test(url)) {
    throw fieldRefusal('url', 'Enter a valid URL.', { wanted: url });
  }
  const list = (field: string, present: readonly string[], known?: readonly string[]) => {
    if (!fields.has(field)) return present;
    const values = listField(fields, field);
    const wrong = known && values.find((value) => !known.includes(value));
    if (wrong !== undefined) {
      const choices = known!.map((choice) => `'${choice}'`).join(', ');
      throw fieldRefusal(
        field,
        `'${wrong}' is not a valid ${field}.  It should be one of: ${choices}.`,
        { wanted: wrong, found: known! },
      );
    }
    return values;
  };
  return {
    name,
    url,
    distributions: list('distributions', before?.distributions ?? []),
    components: list('components', before?.components ?? []),
    arches: list('arches', before?.arches ?? MAIN, [...MAIN, ...PORTS].sort()),
    disabledPockets: list('disabled_pockets', before?.disabledPockets ?? [], POCKETS),
    disabledComponents: list('disabled_components', before?.disabledComponents ?? [], COMPONENTS),
    disableSources: formFlag(fields, 'disable_sources', before?.disableSources ?? true),
    key: fields.optional('key') ?? before?.key ?? '',
    enabled: formFlag(fields, 'enabled', before?.enabled ?? true),
  };
}
