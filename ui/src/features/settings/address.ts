/** Where a show can be sent, and which platform it is sold on. Pure. */
import type { Failure } from "../../ipc";

/** The schemes the studio publishes to. Source: `hawker_media::output::check`. */
export function isPublishAddress(text: string): boolean {
  return /^((rtmps?|srt|https?):\/\/[^\s/]|virtual-camera:\S)\S*$/i.test(text.trim());
}

/** A WHIP server: its key is a token beside the address, not a part of it. */
export function isWhipAddress(text: string): boolean {
  return /^https?:\/\/[^\s/]/i.test(text.trim());
}

/** The address with its token before the host, where the studio looks for it. One that has a token already keeps that. */
export function withToken(address: string, token: string): string {
  const [scheme, rest] = address.trim().split(/(?<=^https?:\/\/)/i);
  if (token.trim() === "" || scheme === undefined || rest === undefined || /^[^/?#]*@/.test(rest)) return address.trim();
  return `${scheme}${encodeURIComponent(token.trim().replace(/^Bearer\s+/i, ""))}@${rest}`;
}

/** The address to set, where another one was typed in; null where it is the same. */
export function readdress(now: string | null, typed: string): { address: string | null } | null {
  const address = typed.trim() || null;
  return address === (now?.trim() || null) ? null : { address };
}

/**
 * What the studio's answer to another address asks for. The studio alone knows whether changes would be left behind: only its
 * word is a question to the host, and only once.
 */
export function answerTo(failure: Failure | null, goAlong: boolean): "done" | "ask" | "tell" {
  if (failure === null) return "done";
  return failure.code === "conflict" && !goAlong ? "ask" : "tell";
}
