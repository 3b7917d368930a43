import { expect, test } from "vitest";
import { formatMoney, pickLocale, translator } from "./index";

test("amounts are written with the decimals of their currency", () => {
  expect(formatMoney({ minor: 1580, currency: "CNY" }, "zh-CN")).toBe("¥15.80");
  expect(formatMoney({ minor: 1580, currency: "CNY" }, "en")).toBe("¥15.80");
  expect(formatMoney({ minor: 120, currency: "JPY" }, "en")).toBe("¥120");
  expect(formatMoney({ minor: 1234500, currency: "EUR" }, "en")).toBe("€12,345.00");
});

test("any Chinese reads Chinese, strangers read English", () => {
  expect(pickLocale(["fr-FR", "zh-TW", "en"])).toBe("zh-CN");
  expect(pickLocale(["en-GB", "zh"])).toBe("en");
  expect(pickLocale(["de"])).toBe("en");
});

test("a count chooses the plural form and is written in the reader's way", () => {
  const t = translator("en", { left: { one: "{n} left", other: "{n} pieces left" } });
  expect(t("left", { n: 1 })).toBe("1 left");
  expect(t("left", { n: 1284 })).toBe("1,284 pieces left");
});

test("a value that is missing stays visible instead of vanishing", () => {
  expect(translator("en", { hi: "hi {who}" })("hi")).toBe("hi {who}");
});
