import { expect, it } from "vitest";
import { recoveryCalls } from "./recovery";

it("makes a code that is confirmed only when somebody has it", async () => {
  const calls = recoveryCalls();
  expect(await calls.recoveryState()).toBe("none");
  expect((await calls.recoveryMake()).split("-").map((group) => group.length)).toEqual(Array.from({ length: 13 }, () => 5));
  expect(await calls.recoveryState()).toBe("unconfirmed");
  await calls.recoveryConfirm();
  expect(await calls.recoveryState()).toBe("confirmed");
  await calls.recoveryMake();
  expect(await calls.recoveryState(), "of a new one nothing is known").toBe("unconfirmed");
});
