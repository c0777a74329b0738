// The voting code in a browser: how big it is, and how long a ballot takes in Chromium slowed down six times. Prints rows
// for the table of `cargo xtask bench ballots`. It runs on the page, not in the worker: Chromium slows down only that.
import { chromium } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const CODE_KB = 40;
const BALLOT_MS = 100;
const SLOWER = 6;
const BALLOTS = 15; // the middle one counts

const web = new URL('..', import.meta.url).pathname;

/** The worker as the build makes it, with what a page can call still exported: its code by file name, the part that every
 * voter loads, and the verifier, which only those load who verify. */
async function chunks() {
  const { output } = await build({
    root: web,
    configFile: false,
    logLevel: 'warn',
    build: {
      target: 'es2022',
      write: false,
      rollupOptions: {
        input: `${web}src/ballot/worker.ts`,
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: 'voting.js', chunkFileNames: '[name].js' },
      },
    },
  });
  const parts = output.filter((part) => part.type === 'chunk');
  const entry = parts.find((part) => part.isEntry);
  const voting = parts.filter((part) => part === entry || entry.imports.includes(part.fileName));
  const verifier = parts.filter((part) => !voting.includes(part));
  if (verifier.length === 0) throw new Error('the verifier is not a part of its own');
  return {
    files: new Map(parts.map((part) => [`/${part.fileName}`, part.code])),
    voting,
    verifier,
  };
}

const kilobytes = (parts) =>
  parts.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0) / 1000;

/** An election of each group, asking "1 of 5 plus blank". */
function elections() {
  const { ballots } = JSON.parse(readFileSync(`${web}src/ballot/vectors.json`, 'utf8'));
  const question = {
    answers: ['A', 'B', 'C', 'D', 'E'],
    blank: true,
    min: 1,
    max: 1,
    question: 'Wer?',
  };
  const all = ballots.map(({ election, code }) => ({ ...JSON.parse(election), code }));
  return ['Ed25519', 'BELENIOS-2048'].map((group) => {
    const { code, ...election } = all.find((one) => one.group === group);
    return { group, code, election: JSON.stringify({ ...election, questions: [question] }) };
  });
}

/** In the page: the tables, then so many ballots; milliseconds of the first and of each of the others. */
async function make({ election, code, times }) {
  const { answer } = await import('/voting.js');
  const timed = (request) => {
    const begin = performance.now();
    const { kind } = answer(request);
    if (kind === 'refused') throw new Error('no ballot was made');
    return performance.now() - begin;
  };
  const choices = [[0, 0, 1, 0, 0, 0]];
  const warm = timed({ kind: 'warm', id: 0, election });
  const made = [];
  for (let id = 1; id <= times; id += 1) {
    made.push(timed({ kind: 'make', id, election, code, choices }));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { warm, first: made[0], later: made.slice(1) };
}

function row(measure, unit, goal, ours) {
  const verdict = goal === undefined ? '' : ours <= goal ? 'met' : 'missed';
  const wanted = goal === undefined ? '' : `≤ ${goal} ${unit}`;
  console.log(`| ${measure} | ${wanted} | ${ours.toPrecision(3)} ${unit} | ${verdict} |  |  |`);
}

const { files, voting, verifier } = await chunks();
row('voting code, gzip', 'KB', CODE_KB, kilobytes(voting));
row('the verifier beside it, gzip', 'KB', undefined, kilobytes(verifier));

const server = createServer((request, response) => {
  const code = files.get(request.url);
  response.setHeader('content-type', code === undefined ? 'text/html' : 'text/javascript');
  response.end(code ?? '<!doctype html><title>Wahl</title>');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  for (const { group, ...vote } of elections()) {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    const { warm, first, later } = await page.evaluate(make, { ...vote, times: BALLOTS + 1 });
    const middle = later.sort((a, b) => a - b)[Math.floor(BALLOTS / 2)];
    const name = `${group}: Chromium ${SLOWER}× slower`;
    row(`${name}, make a ballot, warm`, 'ms', BALLOT_MS, middle);
    row(`${name}, the first ballot`, 'ms', undefined, first);
    row(`${name}, the tables before it`, 'ms', undefined, warm);
    await page.close();
  }
} finally {
  await browser.close();
  server.close();
}
