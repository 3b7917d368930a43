/** What is typed and summed up about rights. Pure. */
import type { DeviceRightsView } from "../../ipc";

/** Until the end of the next day: a market lasts a weekend. */
export const ASIDE_MINUTES = 36 * 60;
const PIECES_MAX = 9_999;

/** A number of pieces as somebody types it; null when it is none. */
export function pieces(typed: string): number | null {
  const text = typed.trim().normalize("NFKC");
  if (!/^\d{1,4}$/.test(text)) return null;
  const number = Number(text);
  return number >= 1 && number <= PIECES_MAX ? number : null;
}

/** All pieces a device has, of whatever product. */
export const held = (device: DeviceRightsView): number => device.lines.reduce((sum, line) => sum + line.pieces, 0);
