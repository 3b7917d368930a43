/** Codes of goods: EAN-13, EAN-8 and UPC-A with their check digits. Pure. */

/** Source: GS1 General Specifications, 7.9: from the right, the digits count three times and once in turn. */
export function hasCheckDigit(code: string): boolean {
  if (!/^\d{8}$|^\d{12,13}$/.test(code)) return false;
  const sum = [...code].reverse().reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}

/** True for what has the length of such a code and digits that do not fit: it was misread. */
export const isMisread = (code: string): boolean => /^\d{8}$|^\d{12,13}$/.test(code) && !hasCheckDigit(code);

/** Codes are the same whatever zeros stand before them: UPC-A is EAN-13 without one, and spreadsheets cut them. */
const bare = (code: string): string => (/^\d{8,}$/.test(code.trim()) ? code.trim().replace(/^0+/, "") : code.trim());

/** How else a code may stand in a catalogue: each is searched for until one is found. */
export function spellings(code: string): string[] {
  const short = bare(code);
  if (!/^\d{8,}$/.test(code.trim()) || short === "") return [code.trim()];
  return [...new Set([code.trim(), short, short.padStart(12, "0"), short.padStart(13, "0")])];
}

/** Those of the products whose barcode or SKU this is. */
export function withCode<T extends { sku: string; barcode: string }>(products: readonly T[], code: string): T[] {
  const wanted = bare(code);
  return products.filter((product) => (product.barcode !== "" && bare(product.barcode) === wanted) || product.sku === code.trim());
}
