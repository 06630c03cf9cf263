// What the server sends to the scripts. pytest writes real answers to tests/scripts/golden.json, and tsc holds them against `Golden`.
import type { FeatureCollection, Geometry, MultiPolygon, Point, Polygon } from "geojson";

/** Sentences by the last part of their codes. */
export type Words = Record<string, string>;
export type LonLat = [lon: number, lat: number];
/** Where a text has room: longitude, latitude and metres around them. */
export type Label = [lon: number, lat: number, room: number];
export type Area = Polygon | MultiPolygon;
export type Layer<Shape extends Geometry | null, Properties> = FeatureCollection<Shape, Properties>;

// ---- the map of a town: in the single file, of the plans in force, of a draft

/** Lines as TopoJSON has them: where each begins, and from each corner to the next; in steps from a corner. */
export interface Topology {
  type: "Topology";
  transform: { scale: [east: number, north: number]; translate: LonLat };
  arcs: [east: number, north: number][][];
}

/** The arcs of the rings of its pieces; ~n is the arc n backwards. What is not drawn has no type. */
export type Outline<Properties> = { properties: Properties } & ({ type: "Polygon"; arcs: number[][] } | { type: "MultiPolygon"; arcs: number[][][] } | { type: null });

export interface CarriedLand {
  kind: "road" | "water" | "building";
  shapes: Geometry[];
}

export interface TownAnswer<G = Grid, V = Village> extends Topology {
  objects: { grids: { type: "GeometryCollection"; geometries: Outline<G>[] }; villages: { type: "GeometryCollection"; geometries: Outline<V>[] } };
  lang: string;
  words: Words;
  bounds: { least: number; most: number };
  hamlets: HamletMark[];
  /** How many households have no position. */
  positions: string | null;
  /** What is shown of it at first, without what lies nowhere near: west, south, east, north. */
  around: number[] | null;
  title?: string;
  counts_only?: boolean;
  /** In material for meetings: of what snapshot it is, for whom; and what stands above whom to call about a grid, null where nobody is named. */
  stamp?: string[];
  called?: string | null;
  /** Roads, water and buildings, where they were asked for. */
  ground?: CarriedLand[];
  imagery?: CarriedImagery[];
  views: View[];
  /** In the single file, which can ask nobody; `places` are by village. */
  places?: PlaceAnswer[][];
  details?: CarriedDetails;
  contact?: CarriedContact;
}

/** As scripts take it: see maps/places.js. */
export interface TownMap<G = Grid, V = Village> extends TownAnswer<G, V> {
  grids: { features: Outline<G>[] };
  villages: { features: Outline<V>[] };
}

export interface Grid extends Partial<GridLinks> {
  id: string;
  number: number;
  /** Its index among the villages. */
  village: number;
  size: number;
  walk: string | null;
  lead: string | null;
  broken: BrokenRule[];
  tint: number;
  label: Label | null;
}

export interface BrokenRule {
  mark: "small" | "large" | "pieces";
  text: string;
}

export interface Village extends Partial<VillageLinks> {
  name: string;
  households: number;
  grids: number;
  walk: string | null;
  tint: number;
  label: Label | null;
  /** What is said of it below its name, and what is wrong. */
  about: string;
  wrong: string[];
  /** Households: with a position of their own, and in no grid. */
  placed: number;
  in_no_grid: number;
  /** Whether several households live on one spot. */
  flats: boolean;
  /** What to do next about positions. */
  step: { kind: "hamlets" | "houses"; text: string } | null;
  around: number[] | null;
}

/** Hamlets of a village on one spot, of which households have no position of their own. */
export interface HamletMark {
  village: number;
  name: string;
  households: number;
  /** Indices of grids. */
  grids: number[];
  /** Null: on no map. */
  at: LonLat | null;
  figures: string;
}

/** Households of a village that live on one spot; those that are on no map have neither lon nor lat. */
export type PlaceAnswer = Partial<PlaceLinks> & { lon: number | null; lat: number | null; at_hamlet: boolean; households: HouseholdRow[] };

/** A spot on which households of a village live; their grid is its index among the grids. */
export interface Place extends Partial<PlaceLinks> {
  /** Its index among the villages. */
  village: number;
  /** Whether they have no position of their own. */
  at_hamlet: boolean;
  households: HouseholdRow[];
}

/** Cut after the last value; a grid is its number, `left out` the reason of being in none. */
export type HouseholdRow = [
  code: string,
  grid: number | null,
  name?: string | null,
  door?: string | null,
  hamlet?: string | null,
  leftOut?: string,
];

// What the pages add, so that the map leads to them.

export type GridLinks = { walk_m: number | null; plan: number; lead_id: number | null };
export type VillageLinks = { id: number; planned: boolean };
/** In the order of the households. */
export type PlaceLinks = { ids: number[] };

type LiveGrid = Grid & GridLinks;
type LiveVillage = Village & VillageLinks;
export type LiveTownAnswer = TownAnswer<LiveGrid, LiveVillage> & { counts_only: boolean };
export type LiveTownMap = TownMap<LiveGrid, LiveVillage> & { counts_only: boolean };

/** A way to colour the grids: its classes, and of every grid the index of its class. */
export interface View {
  key: "size" | "lead" | "walk" | "coverage" | "frequency" | "weeks";
  classes: ViewClass[];
  grids: number[];
}

export interface ViewClass {
  mark: "small" | "ramp" | "large" | "plain" | "empty" | "hatched" | "dotted" | "barred";
  step: number;
  text: string;
  count: number;
  /** What it is called in addresses; null: no list is of its grids. */
  key: string | null;
}

/** How far contact reaches on a day, with the grids that were there then. */
export interface ContactMap extends ContactColours {
  /** The day, the last and the first one that may be asked for. */
  day: string;
  today: string;
  first: string;
  /** The day in words; null: today. */
  as_of: string | null;
  sentence: string;
  villages: [id: number, sentence: string][];
}

/** Ways to colour the grids of a day by contact. */
export interface ContactColours {
  grids: [village: number, number: number][];
  views: View[];
}

/** How far contact reached when a single file was made; by villages, in the order of the map. */
export interface CarriedContact {
  as_of: string;
  sentence: string;
  villages: (string | null)[];
  /** Ids: where the service shows the file, its grids lead to their pages. */
  plans: (number | null)[];
}

/** A draft beside an earlier plan. */
export interface Compared {
  /** Outlines of the earlier plan that are no longer so. */
  before: Area[];
  moves: Moves[];
  new_leads: [village: string, number: number][];
}

export type ComparedAnswer = LiveTownAnswer & Compared;
export type ComparedMap = LiveTownMap & Compared;

/** The households of a spot that change grid: code, name, grid before and after. */
export interface Moves {
  village: string;
  lon: number;
  lat: number;
  rows: [code: string, name: string | null, before: number | null, after: number | null][];
}

// ---- what is told beside the map of what is chosen

export interface VillageDetails {
  facts: [name: string, value: string][];
  wrong: { grid: number | null; text: string }[];
  contact: [name: string, value: string][];
  links: Link[];
}

export interface GridDetails {
  leads: Person[];
  deputies: Person[];
  /** Who could lead it, where nobody does. */
  offers: string[];
  /** Numbers of the grids of the village that border on it. */
  neighbours: number[];
  /** How many of its households live there today; null: it is not told. */
  living: number | null;
  links: Link[];
}

/** Contact in a grid, in counts; nobody is named beside them. */
export interface GridContactDetails {
  contact: [name: string, value: string][];
  links: Link[];
}

export interface HouseholdDetails {
  village: number;
  /** Plan and number: of the plan in force and of drafts. */
  grids: [plan: number, number: number][];
  /** Whether it is in order, due or overdue. */
  contact: string | null;
  links: Link[];
}

export type Person = { id: number | null; name: string; why: string | null };
export type Link = { text: string; href: string };

/** In the order of the map. */
export type CarriedDetails = { villages: VillageDetails[]; grids: GridDetails[] };

// ---- smaller maps

/** What the page of a village, grid, household or member is about: indices, as maps/selection.js has them. */
export type SmallMap = LiveTownAnswer & {
  chosen: { village: number | null; grid: number | null; household: number | null };
  contact?: ContactColours;
  /** Where the member lives. */
  home?: LonLat | null;
  /** The ways past the households of the own grids. */
  walks?: [number: number, lon: number, lat: number][][];
};

/** What a page of coverage is about, and how its map is coloured, which has the outlines alone. */
export interface CoverageMap extends ContactColours {
  /** By id, and numbers in it; without numbers it is about all of it, without a village about all of them. */
  about: { village: number | null; grids: number[] };
  /** How contact stands there, and as of which day, for paper. */
  told: string;
}

/** The positions of lists that wait to be imported; `counts`: inside their village, outside, not known. */
export interface PreviewMap {
  villages: { name: string; shape: Area; named: boolean }[];
  points: [lon: number, lat: number, inside: boolean | null][];
  counts: [inside: number, outside: number, unknown: number];
  /** The farthest of those far from their village, and of how many. */
  strays: { who: string; village: string; kilometres: number }[];
  stray_count: number;
}

/** What pages draw on. */
export interface MapBackground {
  /** West, south, east, north. */
  around: [number, number, number, number] | null;
  villages: Layer<Area, { id: number; name: string; given: boolean }>;
  features: Layer<Geometry, LandFeature>;
  homes: LonLat[];
  anchors: { name: string; lon: number; lat: number }[];
}

export interface LandFeature {
  id: number;
  kind: "barrier" | "crossing" | "road" | "water" | "building";
  name: string | null;
  centre: LonLat;
}

// ---- placing households

export type Position = { lon: number; lat: number };

export interface PlacementLists {
  hamlets: { name: string; place: Position | null; own: boolean }[];
  homes: PlacedHousehold[];
  pictures: { id: number; name: string; corners: LonLat[] | null; url: string }[];
}

export interface PlacedHousehold {
  id: number;
  code: string;
  name: string | null;
  door: string | null;
  hamlet: string;
  lon: number | null;
  lat: number | null;
  exact: boolean;
  version: number;
}

/** What a click changed, and how far the village is. */
export interface PlacementResult {
  homes: PlacedHousehold[];
  placed: number;
  of: number;
  outside: boolean;
}

/** Where three corners of a picture lie. */
export type PictureCorners = { corners: LonLat[] };

/** A file that is sent in pieces: how much of it is there, and how long a piece may be. */
export interface Upload {
  id: number;
  have: number;
  piece: number;
}

/** Tiles that may lie beneath a map; `around`: west, south, east, north. */
export interface ImageryLayer {
  id: number;
  name: string;
  url: string;
  zooms: [first: number, last: number];
  around: [number, number, number, number];
  of_town: boolean;
  ready: true;
}

/** Tiles that a single file carries: addresses of data, by zoom/column/row. */
export type CarriedImagery = Pick<ImageryLayer, "id" | "name" | "zooms" | "around"> & { tiles: Record<string, string> };

// ---- jobs and the search

export interface Job {
  id: number;
  kind: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  at: string;
  done: number;
  total: number;
  result: Record<string, unknown>;
}

export type SearchAnswers = { found: SearchAnswer[]; more: boolean };

export interface SearchAnswer {
  kind: "village" | "grid" | "hamlet" | "household" | "member";
  /** Of a grid: plan and number; of a hamlet: its village. */
  ids: number[];
  text: string;
  detail: string;
  href: string;
  /** The map of the town with it chosen. */
  on_map: string | null;
}

// ---- the golden answers

export interface Golden {
  map_file: TownAnswer;
  town_map: LiveTownAnswer;
  counts_map: LiveTownAnswer;
  contact_map: ContactMap;
  compared_map: ComparedAnswer;
  places: { places: PlaceAnswer[] }[];
  village_details: VillageDetails[];
  grid_details: GridDetails[];
  grid_contact_details: GridContactDetails[];
  household_details: HouseholdDetails;
  small_maps: SmallMap[];
  coverage_maps: CoverageMap[];
  figures_map: LiveTownAnswer;
  preview_map: PreviewMap;
  map_background: MapBackground;
  placement_lists: PlacementLists;
  placement_answer: PlacementResult;
  scan_corners: PictureCorners;
  uploads: Upload[];
  cutting: { job: number };
  jobs: Job[];
  search: SearchAnswers[];
  redraw_plan: RedrawPlan;
  redraw_steps: StepAnswer[];
  redraw_history: RedrawHistory;
  redraw_drawing: RedrawDrawing;
  redraw_outcomes: Outcomes;
  proposals: Proposal[];
  redraw_candidates: RedrawCandidates;
  redraw_conflict: RedrawConflict;
  redraw_copy: CopiedPlan;
  own_data: OwnListAnswer;
  /** Longitude and latitude in WGS-84, and in GCJ-02. */
  gcj02: [lon: number, lat: number, shiftedLon: number, shiftedLat: number][];
}

// Redrawing a village by hand (service/redraw/answers.py).

/** All of a draft of a village, as its page is opened. */
export interface RedrawPlan extends RedrawState {
  plan: number;
  village: string;
  draft: number;
  version: number;
  bounds: [least: number, most: number];
  /** Which households the bounds count. */
  bounds_count: "registered" | "living";
  /** Whether most households have a position, so that there is a map. */
  is_drawn: boolean;
  boundary: RedrawShape | null;
  households: RedrawHousehold[];
  grids: RedrawGrid[];
}

/** What changes with every step. */
export interface RedrawState {
  /** The edit that the plan stands on; null: as it was made. */
  edit: number | null;
  /** Whether outlines are drawn exactly; until then `drawing.json` has them so. */
  is_exact: boolean;
  broken: RedrawRule[];
  undo: EditSummary | null;
  redo: EditSummary | null;
}

/** After a step: what is otherwise now. */
export interface StepAnswer extends RedrawState {
  version: number;
  said: string;
  /** What an undo could not take back. */
  left_out: string[];
  households: RedrawHousehold[];
  /** Households that the page shows no more. */
  left: number[];
  grids: RedrawGrid[];
  /** Numbers of grids that are no more. */
  gone: number[];
}

export interface RedrawHousehold {
  id: number;
  code: string;
  name: string | null;
  /** What the house is known by. */
  mark: string;
  hamlet: string | null;
  lon: number | null;
  lat: number | null;
  at_hamlet: boolean;
  /** Null: in none. */
  grid: number | null;
  locked: boolean;
  /** New in the village since the plan was made, elsewhere in it by now, or gone from it. */
  state: "" | "new" | "moved" | "gone";
}

export interface RedrawGrid {
  number: number;
  label: string | null;
  group: number | null;
  locked: boolean;
  size: number;
  /** How many of its households live there today; null: it is not told. */
  living: number | null;
  walk_m: number | null;
  /** The same in words. */
  walk: string | null;
  connected: boolean;
  outline: RedrawShape | null;
  /** Whether ground of it is shown as another one's until it is drawn exactly. */
  shares_ground: boolean;
  leads: RedrawPerson[];
  deputies: RedrawPerson[];
}

export interface RedrawShape {
  type: "Polygon" | "MultiPolygon";
  coordinates: any[];
}

export interface RedrawPerson {
  id: number;
  name: string;
}

/** A rule that the plan breaks, about a grid or a household. */
export interface RedrawRule {
  code: string;
  text: string;
  grid: number | null;
  household: number | null;
  /** How a map marks the grid; null: it does not. */
  mark: BrokenRule["mark"] | null;
  /** What may be accepted of it; null: nothing may. */
  exception: RedrawException | null;
  /** Why it is accepted; null: it is not. */
  reason: string | null;
}

export interface RedrawException {
  code: string;
  hamlet: string | null;
  household: string | null;
  number: number | null;
}

export interface EditSummary {
  edit: number;
  said: string;
  by: string;
  at: string;
  own: boolean;
}

/** The outlines of a draft as they are drawn exactly, and the version that they are of. */
export interface RedrawDrawing {
  version: number;
  outlines: { number: number; outline: RedrawShape | null }[];
}

/** What picking households up would come to. */
export interface Outcomes {
  version: number;
  /** The grids that they are from, without them. */
  without: Outcome[];
  /** Every grid with all of them in it. */
  joined: Outcome[];
  /** A new grid of nobody else. */
  alone: Outcome;
}

/** What a grid would be. */
export interface Outcome {
  number: number;
  size: number;
  /** How many of them live there today. */
  living: number;
  /** Null: it was not measured. */
  walk_m: number | null;
  walk: string | null;
  connected: boolean | null;
  /** How many households its lead would have in all grids; null: it has no lead. */
  caseload: number | null;
  /** The rules that it would break, as sentences. */
  broken: string[];
}

/** A change that is shown before it is made. */
export interface Proposal {
  version: number;
  /** What was asked for; the moves are made as that. */
  kind: string;
  /** What it does and costs; without moves, why there are none. */
  said: string;
  /** What is to know besides. */
  notes: string[];
  /** What it costs: rules broken, households that change grid, leads that change, the walk. */
  price: [name: string, value: string][];
  /** Households, and the number of the grid each comes into; below 0: a new grid. */
  moves: [household: number, to: number][];
}

/** Why a step is refused: what others did since the version that it was made against. */
export interface RedrawConflict {
  message: string;
  version: number;
  since: PastStep[];
}

/** Who could lead a grid, the nearest first, with what speaks for each. */
export interface RedrawCandidate extends RedrawPerson {
  /** How far they live and whom they know, how many grids they have, when they are away. */
  facts: string[];
  is_lead: boolean;
  is_deputy: boolean;
  /** Whether they agreed that name and duty phone stand on maps. */
  named_on_maps: boolean;
  /** Whether the member may lead one more grid. */
  has_room: boolean;
  /** Whether the member can be deputy of it: who leads a grid is deputy of none. */
  can_help: boolean;
}

/** The plan of the draft that keeps what somebody saw, and its page. */
export interface CopiedPlan {
  plan: number;
  href: string;
  left_out: string[];
}

/** Who could lead a grid, the nearest first. */
export interface RedrawCandidates {
  candidates: RedrawCandidate[];
}

/** All edits of a draft, undone ones too, and the steps taken in them, the earliest first. */
export interface RedrawHistory {
  version: number;
  /** Where the draft stands; null: as it was made. */
  edit: number | null;
  edits: PastEdit[];
  steps: PastStep[];
  /** The version to ask for the history before; null: this is the beginning. */
  earlier: number | null;
}

export interface PastEdit extends EditSummary {
  /** What a step back leads to; null: the draft as it was made. */
  parent: number | null;
  kind: string;
  /** Whether the draft as it is has it. */
  on_way: boolean;
}

/** A step, with the version since and the edit that the draft stood on then. */
export interface PastStep {
  version: number;
  kind: "edit" | "undo" | "redo" | "restore";
  edit: number | null;
  said: string;
  by: string;
  at: string;
  own: boolean;
}

// ---- the phone of a member: /m/api/list and /m/api/sync (docs/http.md)

/** Moments are milliseconds since 1970; a `day` is the town's, as YYYY-MM-DD. */
export type VisitOutcome = "met" | "not home" | "declined" | "away";
export type VisitChannel = "door" | "phone" | "elsewhere";

/** The last moment that the phone heard from the service, by the clocks of both. */
export interface Heard {
  server: number;
  device: number;
}

/** What every operation has; `id` is made when its form opens, `seq` counts on the phone, `list` is `OwnListAnswer.list`. */
export interface Made {
  id: string;
  seq: number;
  made_at: number;
  after: Heard;
  list: string;
}

export interface VisitMade extends Made {
  type: "visit";
  household: number;
  outcome: VisitOutcome;
  channel: VisitChannel;
  days_ago: number;
  /** The same for all that were met at once. */
  group?: string;
}

/** Of a visit by its id; what it is to be, where the kind does not say it. */
export type AmendMade = Made & { type: "amend"; visit: string } & (
  | { kind: "withdraw" | "dispute" | "uphold" }
  | { kind: "outcome"; outcome: VisitOutcome }
  | { kind: "channel"; channel: VisitChannel }
  | { kind: "day"; days_ago: number }
);

/** `household` is null for a new house, which is in the grid. */
export interface CorrectionMade extends Made {
  type: "correction";
  kind: string;
  household: number | null;
  grid: [plan: number, number: number];
  content: { name?: string; door?: string; hamlet?: string; lon?: number; lat?: number; other?: number };
}

export interface NeedMade extends Made {
  type: "need";
  household: number;
  visit?: string;
  category: string;
  text: string;
  days_ago: number;
  solved: boolean;
}

/** The order in which the member walks: all own households. */
export interface OrderMade extends Made {
  type: "order";
  households: number[];
}

export type Operation = VisitMade | AmendMade | CorrectionMade | NeedMade | OrderMade;
/** What a form of the phone says: it gives the `id`, and queue.js the rest of what every operation has. */
export type Intent = IntentOf<Operation>;
type IntentOf<T> = T extends Made ? Omit<T, "seq" | "made_at" | "after" | "list"> : never;
/** `later`: not judged, to be kept and sent again. */
export type Verdict = "created" | "replay" | "conflict" | "quarantined" | "gone" | "later";

export interface SyncRequest {
  v: 1;
  now: number;
  /** "" before the first answer. */
  epoch: string;
  high: number;
  /** How many operations wait, those in this request included. */
  unsent: number;
  ops: Operation[];
}

/** The file of what a member could not send, which the desk imports: no names but those that were typed, and `ops` as many as there are. */
export interface PhoneFile extends SyncRequest {
  member: number;
}

export interface SyncAnswer {
  now: number;
  /** Another one after a restore: all that is kept is to be sent again. */
  epoch: string;
  /** Operations of this phone that were ever answered for; less than before: as after a restore. */
  high: number;
  /** Operations that were answered for before this moment are in a backup: the phone may forget them. */
  kept_until: number | null;
  results: { id: string; verdict: Verdict; day?: string; why?: string; is_uncertain?: true }[];
  /** Sentences of the service to the member. */
  notices: string[];
  /** Where the service is now, if phones are to go there. */
  moved_to?: string;
}

/** Of `POST /m/api/device`, asked with the session and its CSRF token: what `/m/api/sync` is asked with from then on. */
export interface DeviceAnswer {
  token: string;
  /** The member whose entries it sends. */
  member: number;
  epoch: string;
}

export interface OwnPerson {
  name: string;
  phone: string | null;
}

export interface OwnHousehold {
  id: number;
  /** The index of its grid among `grids`. */
  grid: number;
  place: number;
  /** What the house is known by: door, address or code. */
  mark: string;
  name: string | null;
  hamlet: string | null;
  address: string | null;
  phone: string | null;
  position: LonLat | null;
  is_exact: boolean;
  status: string;
  section: "due" | "done" | "rest" | "resting";
  may_be_visited: boolean;
  back_on: string | null;
  away_until: string | null;
  last: { day: string; channel: VisitChannel } | null;
  /** Of this week, the newest first. */
  attempts: { day: string; outcome: VisitOutcome; channel: VisitChannel }[];
}

export interface OwnGrid {
  plan: number;
  number: number;
  label: string | null;
  village: string;
  role: "lead" | "deputy" | "cover";
  until: string | null;
  start: string | null;
  paused_until: string | null;
  office_phone: string | null;
  own_home: string | null;
  people: { role: "lead" | "deputy" | "cover"; person: OwnPerson }[];
  outline: Area | null;
  /** Of the grids beside it. */
  neighbours: { number: number; outline: Area }[];
}

/** A visit in the name of the member, of the last weeks. */
export interface OwnVisit {
  id: string;
  household: number;
  day: string;
  outcome: VisitOutcome;
  channel: VisitChannel;
  state: "standing" | "withdrawn" | "disputed";
  may_correct: boolean;
}

export interface OwnListAnswer {
  now: number;
  epoch: string;
  /** The day of this list in the town's zone, which operations name. */
  list: string;
  /** The town's, in which a phone shows days whatever its own is. */
  zone: string;
  /** When the names in it are to be forgotten. */
  expires: number;
  csrf: string;
  member: { id: number; name: string };
  /** How far back a visit may lie, in days. */
  days: number;
  categories: string[];
  grids: OwnGrid[];
  households: OwnHousehold[];
  visits: OwnVisit[];
  /** What the town calls lead and deputy. */
  titles: { lead: string; deputy: string };
}
