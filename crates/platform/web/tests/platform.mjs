// A platform of its own with a seller, goods and a show, for tests of the page. Everything ends with `stop`.
import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../../..");
const demo = join(root, "assets/demo");
const binary =
  process.env.HAWKER_PLATFORM_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/hawker-platform");

const GOODS = [
  { sku: "QY-TEA-JAS", title: "青屿 茉莉花茶 100g", description: "三窨茉莉绿茶，花香清亮", minor: 5900, stock: 40, photo: "tea-jasmine-1.jpg" },
  { sku: "SQ-MILK-1L", title: "山丘牛 全脂纯牛奶 1L", description: "高山牧场，每百毫升蛋白质 3.6 克", minor: 1680, stock: 37, photo: "milk-1.jpg" },
  { sku: "QY-TEA-OSM", title: "青屿 桂花乌龙 100g", description: "金桂窨制，甜润回甘", minor: 6900, stock: 6, photo: "tea-osmanthus-1.jpg" },
  { sku: "AVOCADO", title: "牛油果 2 个装", description: "", minor: 1990, stock: 1, photo: "avocado-1.jpg" },
];

export async function startPlatform() {
  const data = mkdtempSync(join(tmpdir(), "hawker-page-"));
  const child = spawn(binary, ["serve", "--embedded", "--data-dir", data], { stdio: ["pipe", "pipe", "pipe"] });
  const log = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  const lines = createInterface({ input: child.stdout });
  const ready = await new Promise((resolve, reject) => {
    lines.once("line", (line) => resolve(JSON.parse(line)));
    child.once("exit", (code) => reject(new Error(`the platform ended with ${code}: ${log.join("\n")}`)));
  });
  const stop = () =>
    new Promise((resolve) => {
      child.once("exit", () => {
        rmSync(data, { recursive: true, force: true });
        resolve();
      });
      child.stdin.end();
    });
  return { http: ready.http, rtmp: ready.rtmp, log, stop };
}

export async function startSeller(platform) {
  const ask = async (method, path, body, token, type = "application/json") => {
    const headers = { "content-type": type, ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const response = await fetch(platform.http + path, { method, headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  const password = "a long enough password";
  const account = { email: "lin@example.org", password, shop_name: "林家小店" };
  const { access_token: token } = await ask("POST", "/api/v1/accounts", JSON.stringify(account));
  const signed = (method, path, body) => ask(method, path, JSON.stringify(body), token);
  const device = await signed("POST", "/api/v1/devices", { device_id: randomUUID(), name: "studio" });
  const listing = ({ sku, title, description, minor }) => ({ sku, title, description, price: { minor, currency: "CNY" } });
  const listings = GOODS.map(listing);
  await signed("PUT", "/api/v1/catalogue", { listings });
  const ops = GOODS.map(({ sku, stock }, index) => {
    const movement = { sku, delta: stock, reason: "received", order_id: null };
    const payload = JSON.stringify({ kind: "stock_moved", movement });
    const hash = createHash("sha256").update(payload).digest("hex");
    return { op_id: randomUUID(), ...device, seq: index + 1, payload, hash };
  });
  await signed("POST", "/api/v1/ops", { ops });
  for (const { sku, photo } of GOODS) {
    await ask("PUT", `/api/v1/catalogue/${sku}/photo`, readFileSync(join(demo, "photos", photo)), token, "image/jpeg");
  }
  const show_id = randomUUID();
  const running_order = GOODS.map((good) => good.sku);
  const show = await signed("POST", "/api/v1/shows", { show_id, title: "周五晚场 茶与牛奶", running_order });
  return {
    show,
    pin: (sku, at) => signed("PUT", `/api/v1/shows/${show_id}/pin`, { tag_id: randomUUID(), sku, at }),
    /** A product of which it is not known which of these variants is shown. */
    pinOpen: (variants, at) => signed("PUT", `/api/v1/shows/${show_id}/pin`, { tag_id: randomUUID(), sku: variants[0], variants, at }),
    /** Another price for a product, as the seller sets it in the middle of a show. */
    reprice: (sku, minor) => signed("PUT", "/api/v1/catalogue", { listings: [listing({ ...GOODS.find((good) => good.sku === sku), minor })] }),
    delist: (sku) => signed("POST", "/api/v1/catalogue/delist", { skus: [sku] }),
    end: () => signed("POST", `/api/v1/shows/${show_id}/end`, {}),
    say: (from, text) => ask("POST", `/api/v1/public/shows/${show_id}/chat`, JSON.stringify({ from, text })),
    feed: () => ask("GET", "/api/v1/feed?after=0&wait_ms=0", undefined, token),
  };
}

/** ffmpeg publishing: the test picture, or a photo held into the camera. */
export function publish(url, { photo = null, size = "540x960" } = {}) {
  const [width, height] = size.split("x");
  const input = photo
    ? ["-re", "-loop", "1", "-framerate", "25", "-i", join(demo, "photos", photo)]
    : ["-re", "-f", "lavfi", "-i", `testsrc2=size=${size}:rate=25`];
  const sway = `scale=${width}*1.3:${height}*1.3:force_original_aspect_ratio=increase,crop=${width}:${height}:'(iw-${width})/2*(1+0.5*sin(n/40))':'(ih-${height})/2',format=yuv420p`;
  const video = ["-vf", photo ? sway : "format=yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25"];
  const audio = ["-re", "-f", "lavfi", "-i", "sine=frequency=330", "-c:a", "aac", "-ar", "44100"];
  const args = ["-hide_banner", "-loglevel", "error", "-nostdin", ...input, ...audio.slice(0, 5), ...video, ...audio.slice(5), "-f", "flv", url];
  return ended(spawn("ffmpeg", args, { stdio: ["ignore", "ignore", "inherit"] }));
}

/** GStreamer publishing through rtmp2sink. */
export function publishGst(url) {
  const pipeline = `videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=25/1 ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! h264parse ! flvmux name=m streamable=true ! rtmp2sink location=${url} audiotestsrc is-live=true ! audio/x-raw,rate=44100 ! avenc_aac ! aacparse ! m.`;
  return ended(spawn("gst-launch-1.0", ["-q", ...pipeline.split(" ")], { stdio: "ignore" }));
}

function ended(child) {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  return {
    stop: () => {
      child.kill("SIGKILL");
      return gone;
    },
  };
}
