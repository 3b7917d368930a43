// The little of W3C WebDriver that the window's tests need, spoken to WebKitWebDriver.
// Source: https://www.w3.org/TR/webdriver2/
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** What the driver says of an element that the page has replaced, moved or not shown yet. */
const REDRAWN = new Set(['stale element reference', 'no such element', 'element not interactable', 'element click intercepted']);

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Polls `look` until it gives something; rejects with `what` after `within` ms. */
export async function eventually(what, look, within = 20_000) {
  const deadline = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export class Window {
  #driver;
  #base;
  #session;

  /** Opens `program` under a driver of its own. */
  static async open(program) {
    const window = new Window();
    const port = await freePort();
    window.#base = `http://127.0.0.1:${port}`;
    window.#driver = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
      // Not ours to pass on: a window that outlives its driver would hold the pipe that the test waits for.
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, TAURI_WEBVIEW_AUTOMATION: 'true' },
    });
    const ready = () => fetch(`${window.#base}/status`).then((answer) => answer.ok, () => false);
    await eventually('the driver listens', ready);
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary: program, args: [] } } };
    const session = await window.#call('POST', '/session', { capabilities });
    window.#session = session.sessionId;
    return window;
  }

  async #call(method, path, body) {
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const { value } = await answer.json();
    if (value?.error) throw Object.assign(new Error(`${path}: ${value.error}: ${value.message}`), { code: value.error });
    return value;
  }

  #in(method, path, body) {
    return this.#call(method, `/session/${this.#session}${path}`, body);
  }

  /** The answer, or undefined where the page drew itself anew while it was asked. */
  async #unlessRedrawn(question) {
    try {
      return await question();
    } catch (error) {
      if (REDRAWN.has(error.code)) return undefined;
      throw error;
    }
  }

  /** The element with that data-testid, or undefined. */
  async find(id) {
    const query = { using: 'css selector', value: `[data-testid="${id}"]` };
    const found = await this.#unlessRedrawn(() => this.#in('POST', '/elements', query));
    return found?.[0]?.[ELEMENT];
  }

  async click(id) {
    await eventually(`${id} can be clicked`, async () => {
      const element = await this.find(id);
      if (element === undefined) return false;
      return this.#unlessRedrawn(() => this.#in('POST', `/element/${element}/click`, {}).then(() => true));
    });
  }

  async text(id) {
    const element = await this.find(id);
    if (element === undefined) return undefined;
    return this.#unlessRedrawn(() => this.#in('GET', `/element/${element}/text`));
  }

  /** Runs a function body in the page. */
  run(script, ...args) {
    return this.#in('POST', '/execute/sync', { script, args });
  }

  async close() {
    try {
      if (this.#session) await this.#in('DELETE', '');
    } finally {
      // The driver, the window and what it started are one group: all of them end, whoever is left.
      const gone = new Promise((resolve) => this.#driver.once('exit', resolve));
      process.kill(-this.#driver.pid, 'SIGTERM');
      await gone;
    }
  }
}
