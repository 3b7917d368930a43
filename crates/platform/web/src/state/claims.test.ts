import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Failure } from "../lib/api";
import type { OwnClaim, OwnClaims } from "../lib/claims";
import { Claims } from "./claims.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const held: OwnClaim = { claim_id: "1", text: "1", lines: [], state: "reserved", expires_in_ms: 1_000, pay_url: "/pay/x" };

/** A platform whose answers the test gives, one after the other. */
function platform() {
  const asked: [string, number][] = [];
  const waiting: ((answer: OwnClaims | Failure) => void)[] = [];
  const claims = new Claims({
    claims: (seen, wait) => {
      asked.push([seen, wait]);
      return new Promise((resolve, reject) =>
        waiting.push((answer) => (answer instanceof Failure ? reject(answer) : resolve(answer))),
      );
    },
  });
  const answer = async (answer: OwnClaims | Failure) => {
    waiting.shift()?.(answer);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { asked, answer, claims };
}

test("a page without claims asks once, and again when something was said", async () => {
  const { asked, answer, claims } = platform();
  claims.look();
  await answer({ version: "a", claims: [] });
  expect(asked).toEqual([["", 0]]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked, "nothing can become of nothing").toHaveLength(1);
  claims.look();
  await answer({ version: "b", claims: [held] });
  expect(asked).toEqual([
    ["", 0],
    ["a", 0],
    ["b", 9_000],
  ]);
  expect(claims.visible).toEqual([held]);
  await answer({ version: "c", claims: [{ ...held, state: "paid" }] as OwnClaim[] });
  expect(asked, "it is paid: nothing is left to wait for").toHaveLength(3);
  expect(claims.visible.map((claim) => claim.state)).toEqual(["paid"]);
  claims.putAway("1");
  expect(claims.visible).toEqual([]);
});

test("what does not answer is asked again, and what knows no claims is left alone", async () => {
  const { asked, answer, claims } = platform();
  claims.look();
  await answer(new Failure("unreachable", true));
  await vi.advanceTimersByTimeAsync(2_999);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toHaveLength(2);
  await answer(new Failure("not_found", false));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(2);
});
