/** Where a show can be sent. Pure. */

/** The schemes the studio publishes to. Source: `hawker_media::output::check`. */
export function isPublishAddress(text: string): boolean {
  return /^(rtmps?|srt):\/\/[^\s/]\S*$/i.test(text.trim());
}
