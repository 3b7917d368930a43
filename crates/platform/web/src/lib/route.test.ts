import { expect, test } from "vitest";
import { readPayLink, readRoute } from "./route";

const show = "01890a5d-ac96-774b-bcce-b302099a8057";

test("addresses name a show, a product and a time", () => {
  expect(readRoute(`/s/${show}`, "")).toEqual({ show, sku: null, atMs: null });
  expect(readRoute(`/s/${show}/`, "")).toEqual({ show, sku: null, atMs: null });
  expect(readRoute(`/s/${show}/%E7%87%95%2F1L`, "?t=2530")).toEqual({ show, sku: "燕/1L", atMs: 2530 });
});

test("nonsense names none and breaks nothing", () => {
  expect(readRoute("/s/", "")).toBe(null);
  expect(readRoute("/s/../etc", "")).toBe(null);
  expect(readRoute(`/s/${show}/%E7%`, "?t=abc")).toEqual({ show, sku: "%E7%", atMs: null });
});

test("a pay link is known by its address alone", () => {
  expect(readPayLink("/pay/aB-_9")).toBe("aB-_9");
  expect(readPayLink("/pay/aB/")).toBe("aB");
  for (const none of ["/pay/", "/pay/a/b", "/pay/a%20b", `/s/${show}`, "/"]) expect(readPayLink(none), none).toBe(null);
});
