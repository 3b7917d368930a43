import type { Offer, StockNote } from "./api";
import type { Pin } from "./pins";

/** What the platform tells a page while it is open. */
export interface Listener {
  pin(pin: Pin): void;
  /** What is sold, in its order. */
  shelf(skus: string[]): void;
  stock(sku: string, available: number, note: StockNote): void;
  /** Every offer that is open, by SKU; `nowUs` is the platform's clock. */
  offers(open: Map<string, Offer>, nowUs: number): void;
  chat(from: string, text: string): void;
  live(live: boolean): void;
  viewers(count: number): void;
  ended(): void;
  /** The line to the platform is there (true) or lost (false). Each time it comes, everything is told anew. */
  connected(connected: boolean): void;
}

/** A browser gives up on an EventSource after some failures; then we try again ourselves. */
const RETRY_MS = 2_000;

/** Listens until `close` is called. */
export function listen(url: string, listener: Listener): { close(): void } {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    const events = new EventSource(url);
    source = events;
    events.onopen = () => listener.connected(true);
    events.onerror = () => {
      listener.connected(false);
      if (events.readyState === EventSource.CLOSED) timer = setTimeout(open, RETRY_MS);
    };
    const on = (kind: string, act: (data: Record<string, unknown>) => void) =>
      events.addEventListener(kind, (event) => act(JSON.parse((event as MessageEvent<string>).data)));
    on("pin", ({ sku, variants, at }) =>
      listener.pin({
        sku: typeof sku === "string" ? sku : null,
        variants: Array.isArray(variants) ? variants.map(String) : [],
        at: Number(at) || 0,
      }),
    );
    on("shelf", ({ skus }) => listener.shelf(Array.isArray(skus) ? skus.map(String) : []));
    on("stock", ({ sku, available, note }) => listener.stock(String(sku), Number(available), note as StockNote));
    on("offers", ({ open, now_us }) => {
      const list = Array.isArray(open) ? (open as (Offer & { sku: string })[]) : [];
      listener.offers(new Map(list.map(({ sku, ...offer }) => [sku, offer])), Number(now_us));
    });
    on("chat", ({ from, text }) => listener.chat(String(from), String(text)));
    on("live", ({ live }) => listener.live(live === true));
    on("viewers", ({ count }) => listener.viewers(Number(count)));
    on("ended", () => {
      listener.ended();
      close();
    });
  };
  const close = () => {
    clearTimeout(timer);
    source?.close();
  };
  open();
  return { close };
}
