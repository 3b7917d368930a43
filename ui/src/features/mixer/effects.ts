/** What an effect is set to when it is switched on, as the studio itself begins. Pure. */
import type { Compressor, Duck, Gate } from "../../ipc";

export const GATE: Gate = { open_db: -42, close_db: -48, attack_ms: 3, hold_ms: 200, release_ms: 150 };
export const COMPRESSOR: Compressor = { threshold_db: -20, ratio: 3, knee_db: 6, attack_ms: 8, release_ms: 120, makeup_db: 4 };
export const DUCK: Duck = { by: [], depth_db: 12, threshold_db: -40, attack_ms: 80, hold_ms: 400, release_ms: 600 };

/** A gate closes this much below where it opens, so that it does not flutter. */
const SLACK_DB = 6;
export const closing = (openDb: number): number => Math.max(-96, openDb - SLACK_DB);

/** Which sentence tells an offset. */
export const later = (ms: number): "mixer.inTime" | "mixer.later" | "mixer.earlier" => (ms === 0 ? "mixer.inTime" : ms > 0 ? "mixer.later" : "mixer.earlier");
