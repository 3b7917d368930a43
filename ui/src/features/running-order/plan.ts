/** Changes to a running order being edited. Pure. */

export function toggled(skus: readonly string[], sku: string): string[] {
  return skus.includes(sku) ? skus.filter((one) => one !== sku) : [...skus, sku];
}

/** `sku` one place up or down; at an end nothing changes. */
export function moved(skus: readonly string[], sku: string, step: 1 | -1): string[] {
  const from = skus.indexOf(sku);
  const to = from + step;
  if (from < 0 || to < 0 || to >= skus.length) return [...skus];
  const next = [...skus];
  next.splice(from, 1);
  next.splice(to, 0, sku);
  return next;
}
