/**
 * The files that make real clients use a running world: a `JUJU_DATA` folder, a MAAS profile and
 * Terraform variables. Formats: facts/juju-api 2.8 for Juju's own; `maas login PROFILE URL KEY` and
 * the provider's `api_url`, `api_key` for the others.
 */
import { jujuClientFiles } from '../controller/api/client-files.ts';
import { printVersion } from '../versions/number.ts';
import type { RunningWorld } from './up.ts';

/** Files by path below the folder that `--write` names; every one holds secrets. */
export function clientFiles(world: RunningWorld): Record<string, string> {
  const { maas, controller } = world;
  const files: Record<string, string> = {};
  const models = world.core.models().map(({ name, owner, uuid }) => ({ name, owner, uuid }));
  const hosted = models[1] ?? models[0]!;
  const juju = jujuClientFiles({
    name: 'maasquerade',
    uuid: controller.uuid,
    address: controller.address,
    caCert: controller.caCert,
    version: printVersion(world.core.runningVersion()),
    user: controller.user,
    password: controller.password,
    models,
    currentModel: hosted.name,
    maas,
  });
  for (const [name, text] of Object.entries(juju)) files[`juju/${name}`] = text;
  files['maas/profile.env'] = lines(
    `MAAS_URL=${maas.url}`,
    `MAAS_API_KEY=${maas.apiKey}`,
    `# maas login maasquerade "$MAAS_URL" "$MAAS_API_KEY"`,
  );
  files['terraform/maasquerade.auto.tfvars.json'] = `${JSON.stringify(
    {
      maas_api_url: maas.url,
      maas_api_key: maas.apiKey,
      juju_controller_addresses: controller.address,
      juju_username: controller.user,
      juju_password: controller.password,
      juju_ca_certificate: controller.caCert,
    },
    null,
    2,
  )}\n`;
  return files;
}

function lines(...all: string[]): string {
  return `${all.join('\n')}\n`;
}
