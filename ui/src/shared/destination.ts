/** Where a show can be sent. Pure. */

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
