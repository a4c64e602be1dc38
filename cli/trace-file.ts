/**
 * The file that `--trace` writes every event to. A disk may fill up in the middle of a run, so each
 * wait for it ends by its failure too, and a run whose trace is not whole did not run (exit 3).
 */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { CouldNotRunError } from './host.ts';

export class TraceFile {
  readonly #path: string;
  readonly #stream: WriteStream;

  private constructor(path: string) {
    this.#path = path;
    this.#stream = createWriteStream(path);
    // Looked up as `errored` wherever somebody waits; without a listener it would end the process.
    this.#stream.on('error', () => undefined);
  }

  /** @throws CouldNotRunError when the file cannot be written */
  static async open(path: string): Promise<TraceFile> {
    const file = new TraceFile(path);
    await file.#orFail(() => once(file.#stream, 'open'));
    return file;
  }

  /** Adds one line; it may wait in memory until {@link room} was awaited. */
  line(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  /** Ends once the file has taken enough of what waits. @throws CouldNotRunError */
  async room(): Promise<void> {
    const stream = this.#stream;
    await this.#orFail(async () => {
      if (stream.errored) throw stream.errored;
      if (stream.writableNeedDrain) await once(stream, 'drain');
    });
  }

  /** Ends when all lines are in the file. @throws CouldNotRunError when they cannot be. */
  async close(): Promise<void> {
    this.#stream.end();
    await this.#orFail(() => finished(this.#stream));
  }

  async #orFail(wait: () => Promise<unknown>): Promise<void> {
    try {
      await wait();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CouldNotRunError(`cannot write the trace to ${this.#path}: ${why}`);
    }
  }
}
