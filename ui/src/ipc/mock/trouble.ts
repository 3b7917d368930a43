/** What goes wrong in the simulated show. */
export interface Trouble {
  cameraLost: boolean;
  /** No source is chosen, and none was found. */
  noSource: boolean;
  platformOffline: boolean;
  recognitionOff: boolean;
  diskFull: boolean;
  /** Both canvases are recorded, and the disk did not take all of one. */
  slowDisk: boolean;
  /** The second destination is down from 20 s to 34 s of every minute. */
  outputDrops: boolean;
  /** The way to the second destination is too slow from 36 s to 50 s of every minute. */
  slowLine: boolean;
  /** The platform of the second destination has closed its room: another address is needed. */
  roomClosed: boolean;
}

/** The trouble that a scene of the simulated studio is in. */
export const troubleOf = (scene: string): Trouble => ({
  cameraLost: scene === "camera-lost",
  noSource: scene === "empty",
  platformOffline: scene === "offline",
  recognitionOff: scene === "no-models",
  diskFull: scene === "camera-lost",
  slowDisk: scene === "degraded",
  outputDrops: scene !== "room-closed",
  slowLine: scene === "degraded",
  roomClosed: scene === "room-closed",
});
