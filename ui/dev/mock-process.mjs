// Runs the mock server beside a development script, on a free port, for as long as the script runs.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @param {string[]} args */
export async function startMockServer(args = []) {
  const script = fileURLToPath(new URL('./mock-server.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill());
  const url = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data).trim())));
  const { origin } = new URL(url);
  return {
    url: /** @type {string} */ (url),
    /** @param {string} mode */
    setMode: (mode) => fetch(`${origin}/__mock/mode/${mode}`, { method: 'POST' }),
    stop: () => child.kill(),
  };
}
