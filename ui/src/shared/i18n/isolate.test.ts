import { expect, it } from "vitest";
import { isolate } from "./isolate";

it("isolates a name that runs right to left, and leaves others alone", () => {
  expect(isolate("שרה")).toBe("\u2068שרה\u2069");
  expect(isolate("abc\u202edcba")).toBe("\u2068abc\u202edcba\u2069");
  expect(isolate("燕麦奶 1L")).toBe("燕麦奶 1L");
  expect(isolate("0:54")).toBe("0:54");
  expect(isolate(12)).toBe("12");
});
