// What every journey has: people who are signed in, each in a browser of their own; and two promises that hold in
// all of them: nothing is ever asked of a foreign host, and the console stays without errors.
import AxeBuilder from '@axe-core/playwright';
import {
  test as base,
  expect,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readReady, type Account, type Ready } from './ready';

type State = Awaited<ReturnType<BrowserContext['storageState']>>;

export interface Person {
  readonly account: Account;
  readonly page: Page;
  readonly context: BrowserContext;
}

interface Fixtures {
  readonly ready: Ready;
  /** A browser in which nobody is signed in. */
  readonly stranger: (options?: BrowserContextOptions) => Promise<Page>;
  /** A browser in which this person is signed in and sees the list. */
  readonly person: (account: Account, options?: BrowserContextOptions) => Promise<Person>;
}

// A sign-in link is opened once for each person; later journeys go on with the device that it made.
const devices = new Map<string, State>();

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright wants the braces
  ready: async ({}, use) => {
    await use(readReady());
  },

  stranger: async ({ browser, ready }, use) => {
    const contexts: BrowserContext[] = [];
    const faults: string[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      watch(context, ready, faults);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
    expect(faults).toEqual([]);
  },

  person: async ({ browser, ready }, use) => {
    const contexts: BrowserContext[] = [];
    const faults: string[] = [];
    await use(async (account, options = {}) => {
      const known = devices.get(account.jid);
      const context = await browser.newContext({
        ...options,
        ...(known ? { storageState: known } : {}),
      });
      contexts.push(context);
      watch(context, ready, faults);
      const page = await context.newPage();
      await page.goto(known ? `${ready.http}/` : new URL(account.login_url, ready.http).href);
      await expect(page.getByRole('navigation').getByRole('link').first()).toBeAttached();
      await expect(page.getByRole('navigation').locator('li a').first()).toBeVisible();
      if (!known) devices.set(account.jid, await context.storageState());
      return { account, page, context };
    });
    for (const context of contexts) await context.close();
    expect(faults).toEqual([]);
  },
});

export { expect };

function watch(context: BrowserContext, ready: Ready, faults: string[]): void {
  const home = new URL(ready.http).host;
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol) && url.host !== home) {
      faults.push(`foreign request: ${request.url()}`);
    }
  });
  context.on('page', (page) => {
    page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).host !== home) faults.push(`foreign socket: ${socket.url()}`);
    });
    page.on('console', (message) => {
      // The browser itself logs refused requests (a wrong code) and being offline: both are asked for.
      const isNetwork = /Failed to load resource|WebSocket connection to|ERR_INTERNET_DISCONNECTED/;
      if (message.type() === 'error' && !isNetwork.test(message.text())) {
        faults.push(`console: ${message.text()}`);
      }
    });
  });
}

/** No axe violation, in both themes. A page without the app has no attribute that names the theme. */
export async function accessible(page: Page, what: string, isApp = true): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    // Without motion, so that no colour is measured half-way through a change.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    if (isApp) await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(
      (v) => `${what}, ${colorScheme}: ${v.id} ${v.nodes.map((n) => n.html).join(' | ')}`,
    );
    expect(found).toEqual([]);
    await picture(page, `${what}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
}

export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SHOTS_DIR'] ?? 'test-results/shots';
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

export async function fitsTheWidth(page: Page, what: string): Promise<void> {
  const over = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  // A window that has just become narrow is drawn anew a moment later.
  await expect.poll(over, { message: `${what} scrolls sideways` }).toBeLessThanOrEqual(0);
}

/** Two people who talk in the same room. */
export function neighbours(ready: Ready): { one: Account; other: Account; room: string } {
  for (const one of ready.accounts) {
    for (const other of ready.accounts) {
      const room = one.units[0];
      if (one !== other && room !== undefined && other.units[0] === room) {
        return { one, other, room };
      }
    }
  }
  throw new Error('the demo names no two people of the same home unit');
}

export function withRole(ready: Ready, role: RegExp): Account {
  const found = ready.accounts.find((account) => role.test(account.role));
  if (!found) throw new Error(`the demo names nobody with the role ${String(role)}`);
  return found;
}

export function roomLink(page: Page, name: string) {
  return page.getByRole('navigation').getByRole('link').filter({ hasText: name }).first();
}

/** Reads a room to its end and goes back to the list: what others wrote before is no longer new. */
export async function readAll(page: Page, room: string): Promise<void> {
  await roomLink(page, room).click();
  const toEnd = page.getByRole('button', { name: 'Zur neuesten Nachricht' });
  await expect(async () => {
    // The list may come to its end by itself in this moment: then nobody is left to click at.
    if (await toEnd.isVisible()) await toEnd.click({ timeout: 1_000 });
    await expect(roomLink(page, room)).not.toContainText('ungelesene', { timeout: 500 });
  }).toPass({ timeout: 30_000 }); // several pages of the archive may lie before the line
  await page.getByRole('link', { name: 'Einstellungen' }).click();
}

export function composer(page: Page) {
  return page.getByRole('textbox', { name: /^(Nachricht an|Message to)/ });
}

export function bubble(page: Page, text: string) {
  return page.locator('article').filter({ hasText: text });
}

/** Words that no other run used. */
export function unique(words: string): string {
  return `${words} ${Math.random().toString(36).slice(2, 8)}`;
}

export async function say(page: Page, words: string): Promise<void> {
  await composer(page).fill(words);
  await composer(page).press('Enter');
}
