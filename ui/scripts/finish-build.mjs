// The last step of `npm run build`: compresses what the server will send, and holds the first page to its budget.
//
// Every text file gets a .br and a .gz beside it, so that the server never compresses. Fonts and images are compressed
// already. The budget is what a browser loads before it can show the first page, in kB of 1000 bytes, gzip.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const TEXT = new Set(['.html', '.js', '.css', '.svg', '.json']);
const BUDGET_KB = { js: 220, css: 30, fonts: 90 };

/** @typedef {{ file: string, imports?: string[], isEntry?: boolean }} Chunk */

/** @type {Record<string, Chunk>} */
const manifest = JSON.parse(readFileSync(join(DIST, 'manifest.json'), 'utf8'));
// The manifest is for this script; nothing on a page asks for it.
rmSync(join(DIST, 'manifest.json'));

const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !/\.(br|gz)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name).slice(DIST.length))
  .sort();

/** @type {Map<string, { raw: number, gzip: number, brotli: number }>} */
const sizes = new Map();
for (const file of files) {
  const content = readFileSync(join(DIST, file));
  if (!TEXT.has(extname(file))) {
    sizes.set(file, { raw: content.length, gzip: content.length, brotli: content.length });
    continue;
  }
  const gzip = gzipSync(content, { level: 9 });
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(join(DIST, `${file}.gz`), gzip);
  writeFileSync(join(DIST, `${file}.br`), brotli);
  sizes.set(file, { raw: content.length, gzip: gzip.length, brotli: brotli.length });
}

// What the entry loads before anything else: its own chunk and all that it imports statically, the style sheet and fonts.
/** @type {Set<string>} */
const initial = new Set();
/** @param {string} key */
function collect(key) {
  const chunk = manifest[key];
  if (initial.has(chunk.file)) return;
  initial.add(chunk.file);
  for (const next of chunk.imports ?? []) collect(next);
}
for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) collect(key);
for (const file of files)
  if (file.endsWith('.woff2') || file.endsWith('.css') || file === 'theme.js') initial.add(file);

/** @param {(file: string) => boolean} belongs */
const gzipKb = (belongs) =>
  [...sizes].filter(([file]) => initial.has(file) && belongs(file)).reduce((sum, [, size]) => sum + size.gzip, 0) /
  1000;
const totals = {
  js: gzipKb((file) => file.endsWith('.js')),
  css: gzipKb((file) => file.endsWith('.css')),
  fonts: gzipKb((file) => file.endsWith('.woff2')),
};

/** @param {number} bytes */
const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(8);
console.log(`${'kB'.padEnd(44)}${'raw'.padStart(8)}${'gzip'.padStart(8)}${'brotli'.padStart(8)}`);
for (const [file, size] of sizes) {
  console.log(
    `${(initial.has(file) ? '* ' : '  ') + file}`.padEnd(44) + kb(size.raw) + kb(size.gzip) + kb(size.brotli),
  );
}
console.log('\nFirst page (*), gzip:');
let over = false;
for (const [name, budget] of Object.entries(BUDGET_KB)) {
  const total = totals[/** @type {keyof typeof totals} */ (name)];
  over ||= total > budget;
  console.log(
    `  ${name.padEnd(6)}${total.toFixed(1).padStart(7)} of ${budget} kB${total > budget ? '  OVER BUDGET' : ''}`,
  );
}
if (over) process.exitCode = 1;
