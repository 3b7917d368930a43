import { expect, test } from "vitest";
import { isOpen, mayPay, shown, type OwnClaim, type Stand } from "./claims";

const claim = (id: string, stand: Stand | { state: string }): OwnClaim =>
  ({ claim_id: id, text: "1", lines: [{ sku: "A", title: "Tea", qty: 1 }], ...stand }) as OwnClaim;

test("open claims are those of which something may still become, and some of them can be paid", () => {
  const table: [Stand, boolean, boolean][] = [
    [{ state: "asked" }, true, false],
    [{ state: "reserved", expires_in_ms: 1 }, true, true],
    [{ state: "invited", expires_in_ms: 1 }, true, true],
    [{ state: "waiting", place: 1 }, true, false],
    [{ state: "refused", why: "limit" }, false, false],
    [{ state: "paid" }, false, false],
    [{ state: "expired" }, false, false],
    [{ state: "dropped" }, false, false],
  ];
  for (const [stand, open, pay] of table) expect([isOpen(stand), mayPay(stand)], stand.state).toEqual([open, pay]);
});

test("the page shows what is open, what just ended, and nothing that was put away or that it does not know", () => {
  const list = [
    claim("5", { state: "expired" }),
    claim("4", { state: "waiting", place: 2 }),
    claim("3", { state: "dropped" }),
    claim("2", { state: "auctioned" }),
    claim("1", { state: "reserved", expires_in_ms: 1 }),
    claim("0", { state: "asked" }),
  ];
  const ids = (away: string[]) => shown(list, new Set(away)).map((one) => one.claim_id);
  expect(ids([])).toEqual(["5", "4", "1"]);
  expect(ids(["5"])).toEqual(["4", "1", "0"]);
  expect(shown([claim("2", { state: "auctioned" })], new Set())).toEqual([]);
});
