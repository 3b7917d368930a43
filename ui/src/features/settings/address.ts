/** Where a show can be sent, and which platform it is sold on. Pure. */

/** The schemes the studio publishes to. Source: `hawker_media::output::check`. */
export function isPublishAddress(text: string): boolean {
  return /^(rtmps?|srt):\/\/[^\s/]\S*$/i.test(text.trim());
}

/** Another platform was typed in: what is to be done. Changes that wait are a question to the host first. */
export function readdress(now: string | null, typed: string, waiting: number): { do: "nothing" } | { do: "ask" | "change"; address: string | null } {
  const address = typed.trim() || null;
  if (address === (now?.trim() || null)) return { do: "nothing" };
  return { do: waiting > 0 ? "ask" : "change", address };
}
