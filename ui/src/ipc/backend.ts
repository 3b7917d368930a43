/** What the cockpit asks of the studio. One interface, two implementations: the real one (`tauri.ts`) and the simulated show (`mock/`). */
import type {
  AsideView,
  BuyerView,
  CanvasShape,
  CashUp,
  Check,
  ClaimRulesChange,
  ClaimRulesView,
  ClaimView,
  ConflictPage,
  DestinationChange,
  DestinationView,
  DeviceView,
  DevicesView,
  DrawerKind,
  EncoderView,
  GoLive,
  HeldView,
  ImportReport,
  InputChange,
  InstallationView,
  Keep,
  LessonView,
  LiveLine,
  MarketView,
  MixChange,
  Money,
  MonitorOf,
  MovementReason,
  NewDestination,
  NewOffer,
  NewReturn,
  NewSale,
  OfferView,
  OrderDetail,
  OrderEvent,
  OrderView,
  OrderedLine,
  PlatformStatus,
  ProductDraft,
  ProductPage,
  ProductView,
  Question,
  RecoveryState,
  RefusedChange,
  RehearsalView,
  RightsLine,
  RunThroughReportView,
  RunThroughSaid,
  RunThroughWish,
  Scene,
  SceneBook,
  Settings,
  Snapshot,
  SoundMeters,
  StatementView,
  StatementWish,
  TenderKind,
  TillSetup,
  TillView,
  Transition,
  Verdict,
} from "./bindings";

/** A source is a clip or a still picture, a statement a payment provider's. */
export type PickKind = "catalogue" | "photo" | "source" | "statement";
export type Stop = () => void;

/** Every call rejects with a `Failure`; see `failure.ts`. */
export interface Backend {
  snapshot(): Promise<Snapshot>;
  liveStart(request: GoLive): Promise<void>;
  liveEnd(): Promise<void>;
  /** Sends the running show to this destination too; where it goes already, anew with the address that is stored now. */
  showPublish(id: string): Promise<void>;
  /** Ends it for this show: viewers there see the stream end, the other destinations go on. */
  showUnpublish(id: string): Promise<void>;
  livePin(sku: string): Promise<void>;
  liveUnpin(): Promise<void>;
  /** Wrong product: takes the newest tag back and teaches "not this". */
  liveUndo(): Promise<void>;
  /** Says which product a thing in the picture is, or null: what is held up. It is pinned by hand, and learned. */
  liveName(trackId: number | null, sku: string): Promise<void>;
  /** Turns a suggestion into a pin. */
  liveConfirm(tagId: string): Promise<void>;
  /** Saves the last seconds as a clip; resolves to its file. */
  liveSaveReplay(): Promise<string>;
  /** Records the show from now on, or again what stopped by itself; resolves to the file. */
  liveRecord(): Promise<string>;
  /** Ends the recording; the show goes on. A notice tells where its MP4 is. */
  liveRecordStop(): Promise<void>;
  /** Cuts a piece out of a recording, into a new MP4 of this name beside it; resolves to its file. */
  recordingClip(recording: string, fromMs: number, toMs: number, name: string): Promise<string>;
  /** Shows the scene of this name. */
  liveScene(name: string, how: Transition): Promise<void>;
  /** Puts the scene of this name into the preview of studio mode; null takes it away. */
  liveStage(name: string | null): Promise<void>;
  /** The scenes there are, and the pictures that can stand in them. */
  sceneBook(): Promise<SceneBook>;
  /** As `liveStage`, with a scene that is being made, as this canvas would show it. */
  liveStageDraft(scene: Scene, canvas: CanvasShape): Promise<void>;
  /** Shows what is in the preview of studio mode, and puts there what was shown. */
  liveTake(how: Transition): Promise<void>;
  /** As `previewNext`, of what is in the preview of studio mode. */
  stagedNext(after: number): Promise<ArrayBuffer>;
  /** Waits for a picture newer than `after`: 8 bytes big-endian sequence, then a JPEG. Empty: there is no picture. */
  previewNext(after: number): Promise<ArrayBuffer>;
  devicesList(): Promise<DeviceView[]>;
  /** What can encode a show here, and why the rest can't; tries them where that was not done yet. */
  encodersList(): Promise<EncoderView[]>;
  catalogueList(query: string, offset: number, limit: number): Promise<ProductPage>;
  /** What the seller has to say yes to before it is saved; null: nothing. */
  catalogueQuestion(draft: ProductDraft): Promise<Question | null>;
  /** Rejects a price that is asked about unless it is `confirmed`. */
  catalogueSave(draft: ProductDraft, confirmed: boolean): Promise<ProductView>;
  catalogueRemove(sku: string): Promise<void>;
  catalogueImport(path: string, dryRun: boolean): Promise<ImportReport>;
  /** Ends the running import after the row it is at; its report says so. */
  catalogueImportStop(): Promise<void>;
  /** Resolves to the id of the stored photo. */
  catalogueAddPhoto(sku: string, bytes: Uint8Array): Promise<string>;
  cataloguePhoto(id: string, thumbnail: boolean): Promise<ArrayBuffer>;
  catalogueRemovePhoto(id: string): Promise<void>;
  /** What recognition learned from the host, newest first. */
  catalogueLessons(): Promise<LessonView[]>;
  /** What was held up then, as JPEG; rejects where no picture was kept. */
  catalogueLessonCrop(id: string): Promise<ArrayBuffer>;
  /** Takes a lesson back: it counts no more. */
  catalogueForgetLesson(id: string): Promise<void>;
  /** Takes all of them back; resolves to how many there were. */
  catalogueForgetLessons(): Promise<number>;
  /**
   * How well the products of the running order will be recognised, or all of the catalogue where there is none. Takes about a
   * second for each ten photos that were never looked at before, and can't be cancelled.
   */
  catalogueRehearse(): Promise<RehearsalView>;
  /** Asks for products to be held up from now on; the snapshot tells which, and what each is taken for. Rejects on air. */
  runThroughStart(wish: RunThroughWish): Promise<void>;
  /** What the host says of the product at this place; nothing happens where another one is asked for by now. */
  runThroughSay(said: RunThroughSaid, at: number): Promise<void>;
  /** Ends it; looks at the photos too, which takes as long as a rehearsal of them. */
  runThroughEnd(): Promise<RunThroughReportView>;
  /** Edits of this device that did not count, since another device's came first; the oldest first, at most `limit`. */
  catalogueConflicts(limit: number): Promise<ConflictPage>;
  /** Mine is said anew, theirs stays as it stands. Rejects where the product is gone. */
  catalogueSettle(id: string, keep: Keep): Promise<void>;
  stockMove(sku: string, delta: number, reason: MovementReason): Promise<ProductView>;
  runningOrderSet(skus: string[]): Promise<void>;
  ordersList(limit: number): Promise<OrderView[]>;
  orderGet(id: string): Promise<OrderDetail>;
  /** Rejects a step that the order's state does not allow. `goodsBack`: with a refund, the goods come back into the stock. */
  orderMove(id: string, event: OrderEvent, note: string, goodsBack: boolean): Promise<OrderView>;
  /** Whom it goes to, in plain; the platform writes down that it was looked at. Rejects without the platform. */
  orderBuyer(id: string): Promise<BuyerView>;
  /** Changes of this device that the platform refused and nobody has seen to. */
  changesRefused(): Promise<RefusedChange[]>;
  changeSeen(id: string): Promise<void>;
  /** The newest claims from comments, the oldest of them first; of all shows without one. `questions`: what waits for an answer, and no others. */
  claimsList(show: string | null, questions: boolean): Promise<ClaimView[]>;
  /** A question means this. It reaches the platform when there is a network. Rejects what is no question any more. */
  claimAnswer(id: string, lines: OrderedLine[]): Promise<void>;
  /** A claim comes to nothing; what was held for it goes to who waits. */
  claimDrop(id: string): Promise<void>;
  /** The link by which a claim is paid: whoever has it may. Rejects without the platform, and what can't be paid. */
  claimPayUrl(id: string): Promise<string>;
  claimRulesGet(): Promise<ClaimRulesView>;
  /** What is null stays. Counts at once, also on air. */
  claimRulesSet(change: ClaimRulesChange): Promise<ClaimRulesView>;
  /** Every offer there ever was, the newest first. */
  offersList(): Promise<OfferView[]>;
  /** What the seller has to say yes to before it is made; null: nothing. */
  offerQuestion(offer: NewOffer): Promise<Question | null>;
  /** Rejects one that is asked about unless it is `confirmed`. */
  offerAdd(offer: NewOffer, confirmed: boolean): Promise<OfferView>;
  offerEnd(id: string): Promise<OfferView>;
  orderAdd(sale: NewSale): Promise<OrderView>;
  /** Goods of a sale at the table come back. The same `return_id` again takes nothing back. */
  orderReturn(back: NewReturn): Promise<OrderView>;
  /** Somebody found the payment of a sale at the provider. */
  orderMatch(id: string, reference: string): Promise<OrderView>;
  /** Prints the receipt. Rejects where no printer is set up or it does not answer; the sale is kept. */
  orderPrint(id: string, utcOffsetS: number, opensDrawer: boolean): Promise<void>;
  tillGet(): Promise<TillView>;
  tillSetupGet(): Promise<TillSetup>;
  tillSetupSet(setup: TillSetup): Promise<TillSetup>;
  tillOpen(floats: Money[]): Promise<CashUp>;
  tillMoveCash(kind: DrawerKind, amount: Money, note: string): Promise<CashUp>;
  /** Rejects a difference without a note. */
  tillClose(counted: Money[], note: string): Promise<CashUp>;
  tillPrint(book: CashUp, utcOffsetS: number): Promise<void>;
  /** Matches a provider's statement with the payments that wait; unless it is to be applied, it is only told. */
  tillStatement(path: string, wish: StatementWish): Promise<StatementView>;
  /** What this computer alone sells, what is put aside, what was sold and is missing. */
  marketGet(): Promise<MarketView>;
  /** Asks the platform for pieces, with no lines for everything in stock; what it grants comes by the feed. */
  marketTake(lines: RightsLine[]): Promise<MarketView>;
  /** With no lines all that is free, and nothing that comes in is kept any more. */
  marketGiveBack(lines: RightsLine[]): Promise<MarketView>;
  marketKeep(keeps: boolean): Promise<MarketView>;
  /** Rejects more than this computer can promise by itself. */
  marketPutAside(lines: OrderedLine[], buyer: string, minutes: number): Promise<AsideView>;
  marketCollect(id: string, tender: TenderKind): Promise<OrderView>;
  marketLetGo(id: string): Promise<OrderView>;
  /** Rejects without the platform. */
  marketDevices(): Promise<DevicesView>;
  marketDeviceLost(id: string): Promise<DevicesView>;
  destinationsList(): Promise<DestinationView[]>;
  destinationAdd(destination: NewDestination): Promise<DestinationView>;
  destinationRemove(id: string): Promise<void>;
  /** Another address, another way, or both. On air they take over at once where the show goes, or failed to go. */
  destinationChange(id: string, change: DestinationChange): Promise<DestinationView>;
  /** Its line decides the bitrate that all who get the same picture share. */
  destinationSetPrimary(id: string, primary: boolean): Promise<DestinationView>;
  platformStatus(): Promise<PlatformStatus>;
  /** Uses an account that exists. */
  platformSignIn(email: string, password: string): Promise<PlatformStatus>;
  /** Makes an account and uses it. */
  platformSignUp(email: string, password: string, shopName: string): Promise<PlatformStatus>;
  /** Another password for the account that is signed in; every other log-in of it ends. */
  platformChangePassword(password: string, newPassword: string): Promise<PlatformStatus>;
  /** Back to the account the studio made for itself. */
  platformSignOut(): Promise<PlatformStatus>;
  /** The machines of this account, the newest first. Rejects without the platform; so do the three below. */
  installationsList(): Promise<InstallationView[]>;
  /** From now on that machine hears nothing, and what it sells waits for a person. There is no way back. */
  installationRevoke(id: string): Promise<void>;
  /** Changes that wait for a person, then those that were decided about; the newest first. */
  heldList(): Promise<HeldView[]>;
  /** Rejects where it was decided otherwise before. */
  heldDecide(id: string, verdict: Verdict): Promise<HeldView>;
  /** Tries again to open a studio that did not open; at once where it is open. Rejects with why it is still shut; so do the two below. */
  studioOpen(): Promise<void>;
  /** Likewise by the passphrase of the key; of a new store without a keychain it becomes that. */
  studioOpenByPassphrase(passphrase: string): Promise<void>;
  /** Likewise by the recovery code. `passphrase`: a new one, for a computer without a keychain. */
  studioOpenByCode(code: string, passphrase: string | null): Promise<void>;
  settingsGet(): Promise<Settings>;
  recoveryState(): Promise<RecoveryState>;
  /** A new recovery code, in letters: it is told this once, and the one before opens the store no more. */
  recoveryMake(): Promise<string>;
  /** Somebody has shown to have the newest on paper. */
  recoveryConfirm(): Promise<void>;
  /** `goAlong`: changes that have not reached the platform which is left go to the next one; else it is not left. */
  settingsSet(settings: Settings, goAlong: boolean): Promise<Settings>;
  /** Turns one knob of one input of the mix; counts at once, also on air. */
  soundSet(input: string, change: InputChange): Promise<void>;
  /** Likewise of the mix. */
  soundMix(change: MixChange): Promise<void>;
  /** How loud everything is now: asked for as often as it is drawn. */
  soundMeters(): Promise<SoundMeters>;
  /** What the host hears in the headphones; null for nothing. */
  soundMonitor(of: MonitorOf | null): Promise<void>;
  /** The device on which the host listens; null for the one that the system plays on. */
  soundHeadphones(device: string | null): Promise<void>;
  doctor(): Promise<Check[]>;
  /** `label`: what the dialog calls such files. */
  pickFile(kind: PickKind, label: string): Promise<string | null>;
  onSnapshot(listener: (snapshot: Snapshot) => void): Promise<Stop>;
  onLive(listener: (line: LiveLine) => void): Promise<Stop>;
  onImport(listener: (done: number, all: number) => void): Promise<Stop>;
  /** Somebody closes the window on air: the page is to ask first, and says with `windowAsks` that it does. */
  onClose(listener: () => void): Promise<Stop>;
  windowAsks(): Promise<void>;
  windowStay(): Promise<void>;
  /** Ends the show and closes the window. */
  windowClose(): Promise<void>;
}
