import { expect, it } from "vitest";
import type { DestinationView, DeviceView, ProductView } from "../ipc";
import { isPublishAddress, isWhipAddress, withToken } from "../shared/destination";
import { sample } from "../shared/state/sample";
import { level } from "./meters/level";
import { lines, total, withProduct, withQty } from "./orders/cart";
import { moved, toggled } from "./running-order/plan";
import { type Form, ready, refusal } from "./settings/account";
import { saysWhy } from "./notices/detail";
import { answerTo, readdress } from "./settings/address";
import { furtherMics, furtherOptions, isSourceAddress, label, micName, micOptions, nameOf, sourceOptions } from "./settings/options";
import { steps } from "./show/before";
import { request } from "./show/request";

const product = (sku: string, minor: number, currency = "CNY"): ProductView => ({
  sku,
  title: sku,
  brand: "",
  category: "",
  description: "",
  price: { minor, currency },
  barcode: "",
  on_hand: 1,
  reserved: 0,
  photos: [],
});

it("adds a venue sale up", () => {
  let cart = withProduct([], product("A", 1580));
  cart = withProduct(cart, product("A", 1580));
  cart = withProduct(cart, product("B", 990));
  expect(total(cart)).toEqual({ minor: 4150, currency: "CNY" });
  expect(lines(cart).map(({ sku, qty }) => [sku, qty])).toEqual([["A", 2], ["B", 1]]);
  expect(withQty(cart, "A", 0)).toHaveLength(1);
  expect(total([])).toBeNull();
  expect(total(withProduct(cart, product("C", 1, "EUR"))), "two currencies have no sum").toBeNull();
});

it("moves products of the running order and stops at the ends", () => {
  expect(moved(["a", "b", "c"], "b", -1)).toEqual(["b", "a", "c"]);
  expect(moved(["a", "b", "c"], "c", 1)).toEqual(["a", "b", "c"]);
  expect(moved(["a"], "x", 1)).toEqual(["a"]);
  expect(toggled(["a"], "b")).toEqual(["a", "b"]);
  expect(toggled(["a", "b"], "a")).toEqual(["b"]);
});

it("keeps a camera that is not plugged in among the choices", () => {
  const devices: DeviceView[] = [
    { id: "v4l2:1", name: "C920", kind: "camera", formats: [], is_system_sound: false },
    { id: "m", name: "NT", kind: "microphone", formats: [], is_system_sound: false },
    { id: "loud.monitor", name: "Loud", kind: "microphone", formats: [], is_system_sound: true },
    { id: "screen", name: "Screen", kind: "screen", formats: [], is_system_sound: false },
    { id: "screen:HDMI-1", name: "HDMI-1", kind: "screen", formats: [], is_system_sound: false },
    { id: "window:Gimp/a.png", name: "a.png", kind: "window", formats: [], is_system_sound: false },
  ];
  expect(sourceOptions(devices, "@v4l2:1").map((one) => one.value)).toEqual(["", "@v4l2:1", "screen", "screen:HDMI-1", "window:Gimp/a.png", "test"]);
  expect(sourceOptions(devices, "").map((one) => label(one, (kind) => kind.toUpperCase()))).toEqual(["AUTO", "C920", "SCREEN", "SCREEN · HDMI-1", "WINDOW · a.png", "TEST"]);
  expect(sourceOptions([], "@gone").at(-1)).toEqual({ value: "@gone", name: "gone", kind: "file" });
  expect(sourceOptions([], "/home/a/clip.mp4").at(-1)?.name).toBe("clip.mp4");
  expect(sourceOptions([], "rtsp://ada:secret@cam.example:554/key").at(-1)?.name, "no password and no key").toBe("rtsp://cam.example:554");
  expect(micOptions(devices, null).map((one) => one.value)).toEqual(["", "@m", "@loud.monitor"]);
  expect(furtherMics(devices, ["@m"]).map((one) => one.value)).toEqual(["@loud.monitor"]);
  expect([micName(devices, "@m"), micName(devices, "@gone")]).toEqual(["NT", "gone"]);
  expect(micOptions(devices, null).map((one) => label(one, (kind) => kind.toUpperCase()))).toEqual(["AUTO", "NT", "SYSTEM · Loud"]);
});

it("takes as pictures addresses of streams alone", () => {
  for (const good of ["rtsp://cam/1", " srt://10.0.0.1:9000?mode=caller ", "https://a/live.m3u8", "RTMP://a/b"]) expect(isSourceAddress(good), good).toBe(true);
  for (const bad of ["", "cam", "rtsp://", "file:///etc/passwd", "rtsp://a b", "ftp://a/b"]) expect(isSourceAddress(bad), bad).toBe(false);
});

it("takes only addresses the studio publishes to", () => {
  for (const good of ["rtmp://a/live/k", " rtmps://a:443/app/key ", "srt://10.0.0.1:9000?streamid=x", "RTMP://a/b", "https://a/whip/key", "http://10.0.0.2:8889/live/whip", "virtual-camera:Hawker"]) expect(isPublishAddress(good), good).toBe(true);
  for (const bad of ["", "ftp://a/live", "https://", "rtmp://", "rtmp:///live", "a/live", "rtmp://a b", "virtual-camera:"]) expect(isPublishAddress(bad), bad).toBe(false);
});

it("puts the token of a WHIP server before its host", () => {
  const rows: [string, string, string][] = [
    ["https://a.example/whip", "abc", "https://abc@a.example/whip"],
    [" https://a.example:4443/v2/offer ", " Bearer a/b+c== ", "https://a%2Fb%2Bc%3D%3D@a.example:4443/v2/offer"],
    ["https://a.example/whip", " ", "https://a.example/whip"],
    ["https://own@a.example/whip", "abc", "https://own@a.example/whip"],
    ["https://a.example/whip@room", "abc", "https://abc@a.example/whip@room"],
  ];
  for (const [address, token, want] of rows) expect(withToken(address, token), address).toBe(want);
  expect(isWhipAddress("https://a.example/whip") && !isWhipAddress("rtmp://a/live/k") && !isWhipAddress("https://")).toBe(true);
});

it("asks to go live with the destinations that are ticked", () => {
  const all = ["1", "2"].map((id): DestinationView => ({ id, name: id, url: "", deadline_s: null, one_show: true, delay_ms: 0, canvas: "16:9", rendition: null, primary: false }));
  expect(request(all, new Set(["2"]), "  ")).toEqual({ source: null, more_sources: null, canvas: null, mic: null, more_mics: null, title: null, destinations: ["1"], record: null });
  expect(request(all, new Set(), " Saturday ").title).toBe("Saturday");
});

it("says what is missing before a show", () => {
  expect(steps(sample(), 2).every((step) => step.ok)).toBe(true);
  const source = { id: "", name: "C920", state: "lost" as const, why: null, why_code: null };
  const bare = sample({ source, running_order: [], recognition: { state: "off", why: "x", why_code: null } });
  expect(steps(bare, 0).filter((step) => !step.ok).map((step) => step.what)).toEqual(["camera", "products", "destinations", "recognition"]);
  const unread = steps(sample(), "unknown").find((step) => step.what === "destinations");
  expect(unread, "not read is not the same as none").toEqual({ what: "destinations", ok: false, unknown: true });
});

it("draws loudness as a share of the bar", () => {
  expect(level(null).zone).toBe("none");
  expect(level(-60).share).toBe(0);
  expect(level(-30)).toEqual({ share: 0.5, zone: "good" });
  expect(level(-3).zone).toBe("loud");
  expect(level(-50).zone).toBe("quiet");
  expect(level(6).share).toBe(1);
});

it("asks the platform only for an account that can be one", () => {
  const form = (email: string, password: string, shop = "", fresh = ""): Form => ({ email, password, fresh, shop });
  expect(ready("in", form(" ada@example.org ", "x"))).toBe(true);
  expect(ready("in", form("ada", "x"))).toBe(false);
  expect(ready("in", form("ada@example.org", ""))).toBe(false);
  expect(ready("up", form("ada@example.org", "a long enough password", "Ada's"))).toBe(true);
  expect(ready("up", form("ada@example.org", "short", "Ada's"))).toBe(false);
  expect(ready("up", form("ada@example.org", "a long enough password", " "))).toBe(false);
  expect(ready("renew", form("", "x", "", "a long enough password"))).toBe(true);
  expect(ready("renew", form("", "x", "", "short"))).toBe(false);
  expect(ready("renew", form("", "", "", "a long enough password"))).toBe(false);
});

it("says of a refused sign-in what to do, where it means something of its own", () => {
  const failure = (code: "unauthorized" | "conflict" | "unreachable") => ({ code, message: "", retryable: false });
  expect(refusal("in", failure("unauthorized"))).toBe("wrong");
  expect(refusal("up", failure("conflict"))).toBe("taken");
  expect(refusal("renew", failure("unauthorized"))).toBe("wrongPresent");
  expect(refusal("up", failure("unauthorized"))).toBeNull();
  expect(refusal("in", failure("unreachable"))).toBeNull();
});

it("takes another platform for another one, and the same for the same", () => {
  const [a, b] = ["https://a.example", "https://b.example"];
  expect(readdress(a, ` ${a} `)).toBeNull();
  expect(readdress(null, " ")).toBeNull();
  expect(readdress(a, b)).toEqual({ address: b });
  expect(readdress(a, ""), "the built-in platform is another one too").toEqual({ address: null });
});

it("asks the host only where the studio says that changes would be left behind, and once", () => {
  const failure = (code: "conflict" | "bad_input") => ({ code, message: "", retryable: false });
  expect(answerTo(null, false)).toBe("done");
  expect(answerTo(failure("conflict"), false)).toBe("ask");
  expect(answerTo(failure("conflict"), true)).toBe("tell");
  expect(answerTo(failure("bad_input"), false)).toBe("tell");
});

it("shows the platform's reason where the sentence can't know it", () => {
  expect(["show_invalid", "change_refused", "sync_feed_broken"].filter((code) => !saysWhy(code))).toEqual([]);
  expect(["saved", "mic_back", "conflict"].filter(saysWhy)).toEqual([]);
});

it("offers each further source once and names what is not plugged in", () => {
  const camera = (id: string, name: string): DeviceView => ({ id, name, kind: "camera", formats: [], is_system_sound: false });
  const devices = [camera("a", "Desk"), camera("b", "Top")];
  expect(furtherOptions(devices, ["@a"]).map((one) => one.value)).toEqual(["@b", "test"]);
  expect(furtherOptions(devices, ["@a", "@b", "test"])).toEqual([]);
  expect([nameOf(devices, "@b"), nameOf(devices, "@gone"), nameOf(devices, "/clips/intro.mp4"), nameOf(devices, "test"), nameOf([], "screen")]).toEqual(["Top", "gone", "intro.mp4", null, null]);
});
