/** What the page's address asks for: `/s/{show}` or `/s/{show}/{sku}?t={show time in ms}`. */
export interface Route {
  show: string;
  sku: string | null;
  atMs: number | null;
}

/** Null: the address names no show. */
export function readRoute(path: string, query: string): Route | null {
  const [, page, show, sku] = path.split("/").map(decoded);
  if (page !== "s" || !show || !/^[0-9a-f-]{36}$/i.test(show)) return null;
  const time = new URLSearchParams(query).get("t");
  const atMs = time !== null && /^\d{1,13}$/.test(time) ? Number(time) : null;
  return { show, sku: sku ? sku : null, atMs };
}

/** The token of a pay link, `/pay/{token}`. Null: the address is none. */
export function readPayLink(path: string): string | null {
  return /^\/pay\/([\w-]{1,200})\/?$/.exec(path)?.[1] ?? null;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
