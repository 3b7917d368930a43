/** The studio behind the window. The only file of the cockpit that knows Tauri. */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Backend } from "./backend";
import type { LiveLine, Snapshot } from "./bindings";

/** Bytes arrive as an ArrayBuffer; where the fast path is closed, IPC falls back to a JSON array. */
async function bytes(command: string, args: Record<string, unknown>): Promise<ArrayBuffer> {
  const answer = await invoke<ArrayBuffer | number[]>(command, args);
  return Array.isArray(answer) ? Uint8Array.from(answer).buffer : answer;
}

export function tauriBackend(): Backend {
  return {
    snapshot: () => invoke("snapshot"),
    liveStart: (request) => invoke("live_start", { request }),
    liveEnd: () => invoke("live_end"),
    showPublish: (id) => invoke("show_publish", { id }),
    showUnpublish: (id) => invoke("show_unpublish", { id }),
    livePin: (sku) => invoke("live_pin", { sku }),
    liveUnpin: () => invoke("live_unpin"),
    liveUndo: () => invoke("live_undo"),
    liveName: (trackId, sku) => invoke("live_name", { trackId, sku }),
    liveConfirm: (tagId) => invoke("live_confirm", { tagId }),
    liveSaveReplay: () => invoke("live_save_replay"),
    liveRecord: () => invoke("live_record"),
    liveRecordStop: () => invoke("live_record_stop"),
    recordingClip: (recording, fromMs, toMs, name) => invoke("recording_clip", { recording, fromMs, toMs, name }),
    liveScene: (name, how) => invoke("live_scene", { name, how }),
    liveStage: (name) => invoke("live_stage", { name }),
    sceneBook: () => invoke("scene_book"),
    liveStageDraft: (scene, canvas) => invoke("live_stage_draft", { scene, canvas }),
    liveTake: (how) => invoke("live_take", { how }),
    stagedNext: (after) => bytes("staged_next", { after }),
    previewNext: (after) => bytes("preview_next", { after }),
    devicesList: () => invoke("devices_list"),
    encodersList: () => invoke("encoders_list"),
    catalogueList: (query, offset, limit) => invoke("catalogue_list", { query, offset, limit }),
    catalogueSave: (draft) => invoke("catalogue_save", { draft }),
    catalogueRemove: (sku) => invoke("catalogue_remove", { sku }),
    catalogueImport: (path, dryRun) => invoke("catalogue_import", { path, dryRun }),
    catalogueImportStop: () => invoke("catalogue_import_stop"),
    // A header carries Latin-1 only, a SKU any letters: percent-encoded UTF-8.
    catalogueAddPhoto: (sku, data) =>
      invoke("catalogue_add_photo", data, { headers: { sku: encodeURIComponent(sku) } }),
    cataloguePhoto: (id, thumbnail) => bytes("catalogue_photo", { id, thumbnail }),
    catalogueRemovePhoto: (id) => invoke("catalogue_remove_photo", { id }),
    catalogueLessons: () => invoke("catalogue_lessons"),
    catalogueLessonCrop: (id) => bytes("catalogue_lesson_crop", { id }),
    catalogueForgetLesson: (id) => invoke("catalogue_forget_lesson", { id }),
    catalogueForgetLessons: () => invoke("catalogue_forget_lessons"),
    catalogueRehearse: () => invoke("catalogue_rehearse"),
    runThroughStart: (wish) => invoke("run_through_start", { wish }),
    runThroughSay: (said, at) => invoke("run_through_say", { said, at }),
    runThroughEnd: () => invoke("run_through_end"),
    stockMove: (sku, delta, reason) => invoke("stock_move", { sku, delta, reason }),
    runningOrderSet: (skus) => invoke("running_order_set", { skus }),
    ordersList: (limit) => invoke("orders_list", { limit }),
    orderGet: (id) => invoke("order_get", { id }),
    orderMove: (id, event, note, goodsBack) => invoke("order_move", { id, event, note, goodsBack }),
    orderBuyer: (id) => invoke("order_buyer", { id }),
    changesRefused: () => invoke("changes_refused"),
    changeSeen: (id) => invoke("change_seen", { id }),
    orderAdd: (lines, buyer) => invoke("order_add", { lines, buyer }),
    destinationsList: () => invoke("destinations_list"),
    destinationAdd: (destination) => invoke("destination_add", { new: destination }),
    destinationRemove: (id) => invoke("destination_remove", { id }),
    destinationChange: (id, change) => invoke("destination_change", { id, change }),
    destinationSetPrimary: (id, primary) => invoke("destination_set_primary", { id, primary }),
    platformStatus: () => invoke("platform_status"),
    platformSignIn: (email, password) => invoke("platform_sign_in", { email, password }),
    platformSignUp: (email, password, shopName) => invoke("platform_sign_up", { email, password, shopName }),
    platformSignOut: () => invoke("platform_sign_out"),
    settingsGet: () => invoke("settings_get"),
    recoveryState: () => invoke("recovery_state"),
    recoveryMake: () => invoke("recovery_make"),
    recoveryConfirm: () => invoke("recovery_confirm"),
    settingsSet: (settings, goAlong) => invoke("settings_set", { settings, goAlong }),
    soundSet: (input, change) => invoke("sound_set", { input, change }),
    soundMix: (change) => invoke("sound_mix", { change }),
    soundMeters: () => invoke("sound_meters"),
    soundMonitor: (of) => invoke("sound_monitor", { of }),
    soundHeadphones: (device) => invoke("sound_headphones", { device }),
    doctor: () => invoke("doctor"),
    pickFile: (kind, label) => invoke("pick_file", { kind, label }),
    onSnapshot: (listener) => listen<Snapshot>("snapshot", (event) => listener(event.payload)),
    onLive: (listener) => listen<LiveLine>("live", (event) => listener(event.payload)),
    onImport: (listener) => listen<[number, number]>("import", (event) => listener(...event.payload)),
    onClose: (listener) => listen("close", () => listener()),
    windowAsks: () => invoke("window_asks"),
    windowStay: () => invoke("window_stay"),
    windowClose: () => invoke("window_close"),
  };
}
