/**
 * The `docker` runtime: a component as a container, mostly of a static binary. The image is built once per
 * content (its tag is the digest of the sources) and each run is a container of its own, which
 * costs about a third of a second and leaves nothing behind. Containers have no privileges, a
 * read-only root, and reach the machine only by the relay on the bridge's gateway. Each carries a
 * label, so that a person can find what a killed run may have left.
 */
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type ContainerRuntimeClient, getContainerRuntimeClient } from 'testcontainers';
import type { Target } from '../types.ts';
import type { Manifest } from './manifest.ts';
import { type DriverEnd, RUN_MAX_MS } from './observations.ts';
import { BUILD_MAX_MS, collect, Unavailable } from './process.ts';
import { HOST_NAME, relayLoopback } from './relay.ts';
import { exists, stageSources } from './sources.ts';

type Engine = ContainerRuntimeClient['container']['dockerode'];

const LABEL = 'org.maasquerade.component';
/** Plain Debian, for clients that are no static binary. */
const PUBLIC_BASE_IMAGE = 'debian:bookworm-slim';
const LOCAL_BASE_IMAGE = 'maasquerade-base:bookworm';
const PUBLIC_GO_IMAGE = 'golang:1.26-bookworm';
/** Made by scripts/base-images.sh where no registry can be reached. */
const LOCAL_GO_IMAGE = 'maasquerade-go:1.26';
const PULL_MAX_MS = 300_000;
const MEMORY_BYTES = 512 * 1024 * 1024;

/** The container engine. @throws Unavailable where there is none */
export async function openEngine(): Promise<Engine> {
  try {
    return (await getContainerRuntimeClient()).container.dockerode;
  } catch {
    throw new Unavailable('no container engine');
  }
}

/**
 * The image of a component, built where it does not stand.
 * @param checkout a contributor's own copy of the library
 * @returns its tag
 * @throws Unavailable where it cannot be built here
 */
export async function buildImage(
  engine: Engine,
  manifest: Manifest,
  checkout: string | undefined,
): Promise<string> {
  const { context, digest } = await stageSources(manifest, checkout);
  const tag = `maasquerade-component-${manifest.id}:${digest}`;
  if (await hasImage(engine, tag)) return tag;
  const authority = process.env.SSL_CERT_FILE;
  if (authority && (await exists(authority))) await cp(authority, join(context, 'ca.crt'));
  const args = {
    ...(manifest.language === 'go'
      ? { GO_IMAGE: await goImage(engine), ...kept('GOPROXY'), ...kept('GOSUMDB') }
      : { BASE_IMAGE: await baseImage(engine) }),
    COMPONENT: manifest.id,
  };
  const stream = await engine.buildImage(
    { context, src: await readdir(context) },
    {
      t: tag,
      dockerfile: manifest.dockerfile ?? `${manifest.id}/Dockerfile`,
      buildargs: args,
      // The machine's own network: a bridge may know neither its names nor its proxy.
      networkmode: 'host',
      forcerm: true,
      labels: { [LABEL]: manifest.id },
      abortSignal: AbortSignal.timeout(BUILD_MAX_MS),
    },
  );
  await progress(engine, stream, `the image of ${manifest.id} did not build`);
  return tag;
}

/** @throws Unavailable where the image neither stands nor can be pulled */
export async function ensureImage(engine: Engine, image: string): Promise<string> {
  if (await hasImage(engine, image)) return image;
  const why = `the image ${image} is not here and cannot be pulled`;
  try {
    const options = { abortSignal: AbortSignal.timeout(PULL_MAX_MS) };
    await progress(engine, await engine.pull(image, options), why);
  } catch (error) {
    throw error instanceof Unavailable ? error : new Unavailable(`${why}: ${tail(error)}`);
  }
  return image;
}

/** Runs the image once, to its end or to the limit. */
export async function runImage(
  engine: Engine,
  image: string,
  { id, writable = [] }: Pick<Manifest, 'id' | 'writable'>,
  target: Target,
): Promise<DriverEnd> {
  const relay = await relayLoopback(target, await gatewayOf(engine));
  try {
    const container = await engine.createContainer({
      Image: image,
      Env: [`MAASQUERADE_TARGET=${JSON.stringify(relay.target)}`],
      Labels: { [LABEL]: id },
      HostConfig: {
        NetworkMode: 'bridge',
        ExtraHosts: [`${HOST_NAME}:host-gateway`],
        ReadonlyRootfs: true,
        Tmpfs: Object.fromEntries(writable.map((folder) => [folder, 'rw,exec'])),
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Memory: MEMORY_BYTES,
      },
    });
    try {
      const output = await container.attach({ stream: true, stdout: true, stderr: true });
      const [out, err] = [new PassThrough(), new PassThrough()];
      const [stdout, stderr] = [collect(out), collect(err)];
      const ended = new Promise((done) => output.once('end', done).once('close', done));
      engine.modem.demuxStream(output, out, err);
      await container.start();
      const exitCode = await waitFor(container);
      await ended;
      return { stdout: stdout(), stderr: stderr(), exitCode };
    } finally {
      await container.remove({ force: true });
    }
  } finally {
    await relay.close();
  }
}

type Container = Awaited<ReturnType<Engine['createContainer']>>;

/** The exit code, or undefined where the container had to be killed. */
async function waitFor(container: Container): Promise<number | undefined> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    container.kill().catch(() => {}); // it may have ended in this very moment
  }, RUN_MAX_MS);
  try {
    const { StatusCode } = await container.wait();
    return late ? undefined : StatusCode;
  } finally {
    clearTimeout(timer);
  }
}

/** An image with a Go toolchain: the one named by hand, a local one, or the public one. */
async function goImage(engine: Engine): Promise<string> {
  const named = process.env.MAASQUERADE_GO_IMAGE;
  if (named) return named;
  if (await hasImage(engine, LOCAL_GO_IMAGE)) return LOCAL_GO_IMAGE;
  try {
    return await ensureImage(engine, PUBLIC_GO_IMAGE);
  } catch (error) {
    throw new Unavailable(`${tail(error)} (scripts/base-images.sh makes one)`);
  }
}

/** A plain Debian: the image named by hand, a local one, or the public one. */
async function baseImage(engine: Engine): Promise<string> {
  const named = process.env.MAASQUERADE_BASE_IMAGE;
  if (named) return named;
  if (await hasImage(engine, LOCAL_BASE_IMAGE)) return LOCAL_BASE_IMAGE;
  return ensureImage(engine, PUBLIC_BASE_IMAGE);
}

async function gatewayOf(engine: Engine): Promise<string> {
  const { IPAM } = await engine.getNetwork('bridge').inspect();
  return (
    IPAM?.Config?.find((one: { Gateway?: string | undefined }) => one.Gateway)?.Gateway ??
    '172.17.0.1'
  );
}

async function hasImage(engine: Engine, image: string): Promise<boolean> {
  return engine
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

/** Waits for a build or a pull; its errors come inside the stream. */
function progress(engine: Engine, stream: NodeJS.ReadableStream, what: string): Promise<void> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    engine.modem.followProgress(
      stream,
      (error) =>
        error
          ? reject(new Unavailable(`${what}: ${said.join('').slice(-500)}${tail(error)}`))
          : resolve(),
      (event: { stream?: string }) => {
        if (event.stream) said.push(event.stream);
      },
    );
  });
}

function kept(name: string): Record<string, string> {
  const value = process.env[name];
  return value ? { [name]: value } : {};
}

function tail(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().slice(-300);
}
