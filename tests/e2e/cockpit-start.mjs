// How long the cockpit takes from its start to a painted live view, on a fresh data directory with the demo's passphrase.
// Usage: node cockpit-start.mjs PROGRAM STARTS. Last line: {"seconds":[…]}, one number a start.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually, Window } from './webdriver.mjs';

const [program, starts] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'hawker-start-'));

/** Starts a process and resolves with its first line of output. */
function first(command, args, options) {
  const child = spawn(command, args, options);
  const line = new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  return { child, line };
}

const display = first('Xvfb', ['-displayfd', '1', '-nolisten', 'tcp', '-screen', '0', '1280x800x24'], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
const bus = first('dbus-daemon', ['--session', '--nofork', '--print-address=1', `--address=unix:path=${folder}/bus`], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
try {
  writeFileSync(join(folder, 'passphrase'), 'correct horse battery staple\n');
  process.env.DISPLAY = `:${await display.line}`;
  process.env.DBUS_SESSION_BUS_ADDRESS = await bus.line;
  process.env.XDG_RUNTIME_DIR = folder;
  const launcher = join(folder, 'hawker.sh');
  writeFileSync(launcher, [
    '#!/bin/sh',
    `export HAWKER_PASSPHRASE_FILE='${folder}/passphrase' HAWKER_NO_KEYCHAIN=1 HAWKER_DATA_DIR='${folder}/data'`,
    `exec '${program}' "$@"`,
  ].join('\n'));
  chmodSync(launcher, 0o700);
  const seconds = [];
  for (let start = 0; start < Number(starts); start += 1) {
    const began = performance.now();
    const window = await Window.open(launcher);
    try {
      await eventually('the live view is painted', () => window.find('go-live'), 30_000);
      seconds.push(Number(((performance.now() - began) / 1000).toFixed(3)));
    } finally {
      await window.close();
    }
  }
  console.log(JSON.stringify({ seconds }));
} finally {
  display.child.kill();
  bus.child.kill();
  rmSync(folder, { recursive: true, force: true });
}
