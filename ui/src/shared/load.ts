/** How full an encoder is. Pure. */
import type { EncodeView } from "../ipc";

/** From here on an encoder is nearly full. */
export const NEARLY_FULL = 0.75;

/** Time an encoder takes against the time it has. */
export const load = (encode: EncodeView): number => (encode.picture_ms * encode.fps) / 1000;

/** The encode that has least time left; none while nothing is encoded. */
export function fullest(encodes: EncodeView[]): EncodeView | null {
  return encodes.reduce<EncodeView | null>((most, one) => (most === null || load(one) > load(most) ? one : most), null);
}

/** Of a recording alone: viewers do not see it, and it is given up before anything of theirs. */
export const ofRecording = ({ name }: EncodeView): boolean => name.endsWith(" recording");
