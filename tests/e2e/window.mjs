// The host's evening in the real window: see the preview, go live, pin, undo, end.
// Usage: node window.mjs PROGRAM SCREENSHOT_FOLDER. Last line: JSON of what was seen.
import { execFileSync } from 'node:child_process';
import { eventually, Window } from './webdriver.mjs';

const [program, shots] = process.argv.slice(2);
// WebDriver's own screenshot is slow without a GPU; the X server's is not.
const shot = (name) => {
  const screen = ['-f', 'x11grab', '-draw_mouse', '0', '-i', process.env.DISPLAY];
  execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...screen, '-frames:v', '1', `${shots}/${name}.png`]);
};

const started = Date.now();
const window = await Window.open(program);
const seen = {};
try {
  await eventually('the live view is drawn', () => window.find('go-live'), 30_000);
  seen.opened_ms = Date.now() - started;

  const lit = `
    const canvas = document.querySelector('[data-testid=preview] canvas');
    const context = canvas?.getContext('2d');
    if (!context || canvas.width === 0) return false;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const shades = new Set();
    for (let at = 0; at < data.length; at += 4 * 997) shades.add(data[at] >> 4);
    return shades.size > 4;`;
  await eventually('the preview shows a picture', () => window.run(lit), 30_000);
  shot('cockpit-preview');

  await window.click('go-live');
  await eventually('on air', async () => (await window.text('on-air-time'))?.match(/\d/), 30_000);
  seen.state = await window.text('state');
  await eventually('a row of the running order', () => window.run("return document.querySelector('[data-testid^=running-row-]') !== null"));
  const sku = await window.run("return document.querySelector('[data-testid^=running-row-]').dataset.testid.slice('running-row-'.length)");

  await window.click(`pin-${sku}`);
  await eventually('the product is pinned', () => window.find('unpin'));
  seen.pinned = sku;
  shot('cockpit-live');
  await window.click('undo');
  await eventually('the pin is undone', async () => !(await window.find('unpin')));

  await window.click('end-show');
  await eventually('the end is confirmed or needs no word', async () => {
    if (await window.find('confirm-end')) await window.click('confirm-end');
    return window.find('go-live');
  }, 30_000);
  await eventually('the show is over', () => window.find('go-live'), 30_000);
  shot('cockpit-ended');

  await window.click('nav-catalogue');
  await eventually('the catalogue is listed', () => window.run("return document.querySelector('[data-testid^=product-]') !== null"));
  shot('cockpit-catalogue');
  await window.click('nav-settings');
  await eventually('the settings', () => window.find('doctor-run'));
  shot('cockpit-settings');
  console.log(JSON.stringify(seen));
} finally {
  await window.close();
}
