import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.ts';

export const projectRoot = path.resolve(import.meta.dirname, '../..');

export interface ProductOptions {
  env?: Record<string, string>;
}

/** The real server as a process of its own on a data folder of its own; it can be killed and started again. */
export class Product {
  readonly dataDir: string;
  readonly port: number;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(dataDir: string, port: number, env: Record<string, string>) {
    this.dataDir = dataDir;
    this.port = port;
    this.#env = env;
  }

  static async start(options: ProductOptions = {}): Promise<Product> {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'aiwfe-e2e-'));
    // Root's lets the database's account pass through, so that the database stays inside and is removed with it.
    if (process.getuid?.() === 0) await chmod(dataDir, 0o711);
    const product = new Product(dataDir, await freePort(), options.env ?? {});
    await product.start();
    return product;
  }

  /** `localhost`, as people type it. */
  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** Everything the server printed since its last start. */
  get output(): string {
    return this.#output;
  }

  /** The one-time code that the first start printed. */
  get setupCode(): string {
    const code = /#code=(\S+)/.exec(this.#output)?.[1];
    if (!code) throw new Error(`The server printed no set-up link:\n${this.#output}`);
    return code;
  }

  async start(): Promise<void> {
    this.#output = '';
    const child = this.#spawn(['serve']);
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    await this.#untilReady(child);
  }

  /** Runs an `aiwfe` command on this server's data folder. */
  command(parameters: string[], input = ''): Promise<{ status: number | null; output: string }> {
    const child = this.#spawn(parameters);
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    child.stdin?.end(input);
    return new Promise((resolve) => child.once('close', (status) => resolve({ status, output })));
  }

  /** kill -9: no clean-up of any kind. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it as Ctrl-C does. A killed one is started again first: its database still runs. */
  async stop(): Promise<void> {
    if (this.#child?.signalCode === 'SIGKILL') await this.start();
    await this.#end('SIGTERM');
    await rm(this.dataDir, { recursive: true, force: true });
  }

  #spawn(parameters: string[]): ChildProcess {
    const main = path.join(projectRoot, 'server/src/main.ts');
    return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...parameters], {
      cwd: projectRoot,
      env: { ...process.env, AIWFE_DATA_DIR: this.dataDir, PORT: String(this.port), ...this.#env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    let errors = '';
    child.stderr?.on('data', (chunk) => {
      errors += chunk;
    });
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', () => {
        if (this.#output.includes('is ready at')) resolve();
      });
      child.once('exit', (status) => reject(new Error(`The server ended with status ${status}:\n${errors}`)));
    });
  }

  #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  }
}

export interface ModelServer {
  url: string;
  /** Sends a command to the fake: what to answer, when to fail, when to go on. */
  script(behaviour: unknown): Promise<void>;
  /** Resolves when at least so many streams are held. */
  held(count: number): Promise<void>;
  /** Lets held streams go on. */
  release(): Promise<void>;
  stop(): void;
}

/** The fake Ollama and OpenAI-compatible server as a process of its own. */
export async function startModelServer(): Promise<ModelServer> {
  const file = path.join(projectRoot, 'server/test/peers/fake-model-server.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const found = /https?:\/\/[^\s"]+/.exec(text);
      if (found && text.includes('\n')) resolve(found[0]);
    });
    child.once('exit', (status) => reject(new Error(`The model server ended with status ${status}.`)));
  });
  return {
    url,
    script: (behaviour) => control(url, '/__script', behaviour),
    held: (count) => control(url, '/__held', { count }),
    release: () => control(url, '/__release', {}),
    stop: () => void child.kill(),
  };
}

async function control(url: string, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`The model server refused ${path}: ${await response.text()}`);
}
