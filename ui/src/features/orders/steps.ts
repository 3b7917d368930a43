/** What may be done with an order next: the studio's own table, as far as a person at the table needs it. */
import type { OrderEvent, OrderSource, OrderState } from "../../ipc";

const NEXT: Partial<Record<OrderState, OrderEvent>> = { paid: "pack", packed: "ship", shipped: "deliver" };
const REFUNDABLE: readonly OrderState[] = ["paid", "packed", "shipped", "done"];

/** The next step towards the buyer; none where it has arrived, or never will. Sold at the table, the goods went with the buyer. */
export function nextStep(order: { source: OrderSource; state: OrderState }): OrderEvent | null {
  return order.source === "venue" ? null : (NEXT[order.state] ?? null);
}

export const canRefund = (state: OrderState): boolean => REFUNDABLE.includes(state);

/** Whether the platform still tells whom it goes to; of an order of another platform that one alone does. */
export const hasAddress = (order: { source: OrderSource; state: OrderState }): boolean =>
  order.source !== "venue" && order.source !== "channel" && ["paid", "packed", "shipped"].includes(order.state);
