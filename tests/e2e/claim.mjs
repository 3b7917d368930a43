// A viewer in a real browser who buys by a comment: writes it in the chat, follows the link that only this viewer is shown, pays.
// Usage: node claim.mjs VIEWER_URL COMMENT [SCREENSHOT_FOLDER]. Last line: {"order_id", "total", "answered_ms"}.
import { chromium } from 'playwright-core';

const [url, comment, shots] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-CN' });
  context.setDefaultTimeout(30_000);
  const shot = async (page, name) => shots && page.screenshot({ path: `${shots}/${name}.png` });
  const viewer = await context.newPage();
  const other = await context.browser().newContext({ locale: 'zh-CN' }).then((one) => one.newPage());
  await Promise.all([viewer.goto(url), other.goto(url)]);
  await viewer.getByTestId('chat-input').fill(comment);
  const asked = Date.now();
  await viewer.getByTestId('chat-send').click();
  const link = viewer.getByTestId('claim-pay');
  await link.waitFor();
  const answered = Date.now() - asked;
  await other.getByText(comment).waitFor();
  if (await other.getByTestId('claim-pay').count()) throw new Error('another viewer sees the pay link');
  await shot(viewer, 'viewer-claim');
  const [pay] = await Promise.all([context.waitForEvent('page'), link.click()]);
  await pay.getByTestId('name').fill('张小雨');
  await pay.getByTestId('phone').fill('13812348000');
  await pay.getByTestId('address').fill('上海市静安区南京西路 1 号');
  await pay.getByTestId('card-number').fill('4242424242424242');
  const total = await pay.getByTestId('total').innerText();
  await shot(pay, 'viewer-pay-link');
  await pay.getByTestId('pay').click();
  await pay.getByTestId('receipt').waitFor();
  const order = await pay.getByTestId('order-id').innerText();
  await shot(pay, 'viewer-claim-paid');
  await viewer.waitForFunction(() => document.querySelector('[data-testid=claim]')?.dataset.state === 'paid');
  console.log(JSON.stringify({ order_id: order.trim(), total, answered_ms: answered }));
} finally {
  await browser.close();
}
