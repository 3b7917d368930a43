import { expect, test } from "vitest";
import { hasCheckDigit, isMisread, spellings, withCode } from "./barcode";

test("a check digit fits its code and no other", () => {
  for (const code of ["4006381333931", "6901234567892", "036000291452", "96385074"]) expect(hasCheckDigit(code), code).toBe(true);
  for (const code of ["4006381333932", "6901234567890", "036000291453", "96385075", "123", "40063813339310", "4006381x33931", ""]) expect(hasCheckDigit(code), code).toBe(false);
});

test("one digit off or two swapped is misread, a code of the shop's own is not", () => {
  expect(isMisread("4006381333913")).toBe(true);
  expect(isMisread("4006381333931")).toBe(false);
  expect(isMisread("SHOP-7")).toBe(false);
  expect(isMisread("12345")).toBe(false);
});

test("a code is looked for with and without the zeros that are cut", () => {
  expect(spellings("036000291452")).toEqual(["036000291452", "36000291452", "0036000291452"]);
  expect(spellings("4006381333931")).toEqual(["4006381333931"]);
  expect(spellings(" SHOP-7 ")).toEqual(["SHOP-7"]);
  expect(spellings("00000000")).toEqual(["00000000"]);
});

test("a product is found by its code, with or without zeros before it, or by its sku", () => {
  const goods = [
    { sku: "A", barcode: "036000291452" },
    { sku: "B", barcode: "" },
    { sku: "0042", barcode: "4006381333931" },
  ];
  const found = (code: string) => withCode(goods, code).map((one) => one.sku);
  expect(found("0036000291452")).toEqual(["A"]);
  expect(found("36000291452")).toEqual(["A"]);
  expect(found("4006381333931")).toEqual(["0042"]);
  expect(found("0042")).toEqual(["0042"]);
  expect(found("42"), "a sku is not a number").toEqual([]);
  expect(found("")).toEqual([]);
});
