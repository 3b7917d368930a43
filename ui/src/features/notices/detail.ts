/** Which notices show the studio's own words below their sentence. Pure. */
import type { NoticeWhy } from "../../ipc";

/** Here the sentence can't know the reason: the platform gave it. */
const WITH_REASON: readonly NoticeWhy[] = [
  "show_refused",
  "show_taken",
  "show_invalid",
  "show_forbidden",
  "listings_refused",
  "change_refused",
  "sync_signed_out",
  "sync_refused",
  "sync_changes_lost",
  "sync_feed_broken",
];

export function saysWhy(code: string): boolean {
  return WITH_REASON.some((one) => one === code);
}
