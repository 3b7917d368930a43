/** What goes wrong in the simulated show. */
export interface Trouble {
  cameraLost: boolean;
  /** No source is chosen, and none was found. */
  noSource: boolean;
  platformOffline: boolean;
  recognitionOff: boolean;
  diskFull: boolean;
  /** The second destination is down from 20 s to 34 s of every minute. */
  outputDrops: boolean;
  /** The way to the second destination is too slow from 36 s to 50 s of every minute. */
  slowLine: boolean;
}
