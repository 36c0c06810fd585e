import { spawnSync } from 'node:child_process';
import { chromium, type Browser } from 'playwright-core';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

const ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * A real Chromium: that of `CHROMIUM`; else one of the PATH; else, for root on Debian, one installed
 * from the distribution's packages first.
 * @throws Error naming the ways to have one
 */
export async function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: ensureChromium(),
    headless: true,
    // Chromium's sandbox refuses to be root's.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ARGUMENTS,
  });
}

/** The command of it; installing takes a while, so the test set-up asks before any test waits. */
export function ensureChromium(): string {
  const given = process.env['CHROMIUM'];
  if (given) return given;
  return pathOf() ?? install();
}

function pathOf(): string | undefined {
  return COMMANDS.map((command) => spawnSync('which', [command]).stdout.toString().trim()).find(
    (path) => path !== '',
  );
}

function install(): string {
  const cure = 'install chromium, or set CHROMIUM to the command of one';
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new Error(`The browser tests need Chromium: ${cure}.`);
  }
  console.log('Chromium is not installed: installing it from the distribution’s packages');
  for (const arguments_ of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation'],
  ]) {
    const { status, stderr } = spawnSync('apt-get', arguments_, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (status !== 0) {
      throw new Error(
        `apt-get ${arguments_.join(' ')} failed: ${stderr.toString().trim()}; ${cure}.`,
      );
    }
  }
  const path = pathOf();
  if (path === undefined) throw new Error(`There is no Chromium after its installation: ${cure}.`);
  return path;
}
