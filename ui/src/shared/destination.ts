/** Where a show can be sent, and how. Pure. */
import type { DestinationView, DestinationWay } from "../ipc";

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

/** What is typed as address and token, as it is stored. */
export function whole(url: string, token: string): string {
  return isWhipAddress(url) ? withToken(url, token) : url.trim();
}

/** How a show goes to a destination, without the rest of what is known of it. */
export function wayOf({ deadline_s, one_show, delay_ms, canvas, rendition, primary }: DestinationView): DestinationWay {
  return { deadline_s, one_show, delay_ms, canvas, rendition, primary };
}

/** A camera of this computer has no line: no bitrate can follow it. */
export const isCamera = (url: string): boolean => url.trim().startsWith("virtual-camera:");
