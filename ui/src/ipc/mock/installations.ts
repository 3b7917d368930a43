/** The machines of the simulated account, and what its platform holds of them. */
import type { Backend } from "../backend";
import type { Failure, HeldView, InstallationView } from "../bindings";
import type { Good } from "./goods";

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
/** More than one page. */
const HELD = 23;

const startMachines = (): InstallationView[] => {
  const now = Date.now();
  const machine = (end: string, name: string, more: Partial<InstallationView>): InstallationView => ({ id: `0199c0de-7000-7000-8000-0000000000${end}`, name, is_this: false, has_key: true, pieces: 0, registered_at_ms: now - 90 * DAY, seen_at_ms: now, revoked_at_ms: null, ...more });
  return [
    machine("d2", "市集笔记本", { pieces: 6, seen_at_ms: now - 2 * HOUR }),
    machine("d1", "Studio", { is_this: true, pieces: 6, seen_at_ms: now - 4 * MINUTE }),
    machine("d3", "Back office", { has_key: false, seen_at_ms: null }),
    machine("d4", "旧平板", { seen_at_ms: now - 2 * DAY, revoked_at_ms: now - 3 * DAY }),
  ];
};

const startHeld = (goods: readonly Good[], title: (good: Good) => string): HeldView[] => {
  const now = Date.now();
  return Array.from({ length: HELD }, (_, i): HeldView => {
    const good = goods[i % goods.length];
    const line = good ? [{ sku: good.sku, title: title(good), pieces: 1 + (i % 3) }] : [];
    const base: HeldView = {
      id: `0199c0de-7000-7000-8000-0000000001${String(i).padStart(2, "0")}`,
      device: "旧平板",
      what: "sale",
      goods: line,
      goods_more: 0,
      order: `0199c0de-7000-7000-8000-0000000002${String(i).padStart(2, "0")}`,
      amount: { minor: (good?.price ?? 0) * (1 + (i % 3)), currency: "CNY" },
      reason: null,
      step: null,
      why: "revoked",
      why_text: "it came from a device that was revoked",
      at_ms: now - (i + 1) * 37 * MINUTE,
      state: "waits",
      by: null,
      decided_at_ms: null,
      refusal: null,
    };
    if (i === 0) return { ...base, device: "市集笔记本", what: "stock", goods: line.map((one) => ({ ...one, pieces: 12_000_000 })), order: null, amount: null, reason: "received", why: "doubted", why_text: '12000000 pieces of "OAT-1L" at once can hardly be right' };
    if (i === 2) return { ...base, what: "step", goods: [], amount: null, step: "ship" };
    return i < HELD - 2 ? base : { ...base, state: i === HELD - 2 ? "applied" : "discarded", by: "lin@example.cn", decided_at_ms: now - HOUR };
  });
};

/** What the cockpit may ask of them; `away` is why the platform says nothing, `holds`: it has changes for a person. */
export function installationCalls(goods: readonly Good[], title: (good: Good) => string, away: Failure | null, holds: boolean) {
  let machines = startMachines();
  let held = holds ? startHeld(goods, title) : [];
  const there = <T>(value: () => T): Promise<T> => (away ? Promise.reject(away) : Promise.resolve().then(value));
  const missing = (what: string): never => {
    throw { code: "not_found", message: what, retryable: false } satisfies Failure;
  };
  return {
    installationsList: () => there(() => machines),
    installationRevoke: (id) => there(() => void (machines = machines.map((one) => (one.id === id ? { ...one, pieces: 0, revoked_at_ms: Date.now() } : one)))),
    heldList: () => there(() => held),
    heldDecide: (id, verdict) =>
      there(() => {
        const found = held.find((one) => one.id === id) ?? missing(`no change ${id} is held`);
        const after: HeldView = { ...found, state: verdict === "apply" ? "applied" : "discarded", by: "lin@example.cn", decided_at_ms: Date.now() };
        held = held.map((one) => (one === found ? after : one));
        return after;
      }),
  } satisfies Partial<Backend>;
}
