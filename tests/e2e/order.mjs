// A viewer who buys one piece by the page's own API, as soon as the page offers it.
// Usage: node order.mjs VIEWER_URL SKU. Last line: {"order_id"}.
import { randomUUID } from 'node:crypto';

const [url, sku] = process.argv.slice(2);
const show = new URL(url).pathname.split('/')[2];
const api = `${new URL(url).origin}/api/v1/public`;

async function ask(method, path, body) {
  const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  const response = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

const deadline = Date.now() + 20_000;
const offered = async () => (await ask('GET', `/shows/${show}`)).shelf.some((item) => item.sku === sku && item.available > 0);
while (!(await offered())) {
  if (Date.now() > deadline) throw new Error(`the page does not offer ${sku}`);
  await new Promise((again) => setTimeout(again, 100));
}
const { reservation_id: id, secret } = await ask('POST', `/shows/${show}/reservations`, { lines: [{ sku, qty: 1 }], at: null });
const buyer = { name: '张小雨', phone: '13812348000', address: '上海市静安区南京西路 1 号', card: '4242424242424242' };
const receipt = await ask('POST', `/reservations/${id}/pay`, { secret, ...buyer });
console.log(JSON.stringify({ order_id: receipt.order_id }));
