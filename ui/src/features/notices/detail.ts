/** Which notices show the studio's own words below their sentence: where it can't know the reason, for the platform gave it. Pure. */
import { WITH_REASON } from "../../ipc";

export function saysWhy(code: string): boolean {
  return WITH_REASON.some((one) => one === code);
}
