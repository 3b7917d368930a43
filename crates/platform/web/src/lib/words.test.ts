import type { Message } from "@hawker/kit";
import { expect, test } from "vitest";
import { en, zh } from "./words";

const texts = (message: Message) => (typeof message === "string" ? [message] : Object.values(message));
const blanks = (message: Message) => [...new Set(texts(message).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();

test("every text exists in both languages", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const words of [zh, en]) {
    for (const [key, message] of Object.entries(words)) {
      for (const text of texts(message)) expect(text.trim(), key).not.toBe("");
    }
  }
});

test("both languages fill in the same values", () => {
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect(blanks(en[key]), key).toEqual(blanks(zh[key]));
});

test("every plural has the form that always fits", () => {
  for (const words of [zh, en]) {
    for (const message of Object.values(words)) {
      if (typeof message !== "string") expect(message.other).toBeTypeOf("string");
    }
  }
});
