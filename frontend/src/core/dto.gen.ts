// Made by backend/api/gen from backend/api/dto; do not edit.

export interface Error {
  code: string;
  message: string;
  params: Record<string, string>;
}

export interface Row {
  id: string;
  started_at: number;
  state: string;
  http_status: number;
  upstream: string;
  kind: string;
  api: string;
  method: string;
  path: string;
  client: string;
  model_requested: string;
  model: string;
  stream: boolean | null;
  user: string;
  chat: string;
  task: string;
  input_tokens: number | null;
  output_tokens: number | null;
  cached_tokens: number | null;
  reasoning_tokens: number | null;
  tokens_basis: string;
  first_byte: number | null;
  ttft: number | null;
  duration: number | null;
  total: number | null;
  load: number | null;
  prompt_eval: number | null;
  eval: number | null;
  generation_tps: number | null;
  generation_tps_basis: string;
  prompt_tps: number | null;
  prompt_tps_basis: string;
  finish: string;
  error: string;
  notes: string[];
  request_bytes: number;
  response_bytes: number;
  prompt: string;
  answer: string;
  chat_basis: string;
  answer_basis: string;
  task_basis: string;
  cache_write_tokens: number | null;
  queue: number | null;
  queue_basis: string;
  cost: number | null;
  cost_basis: string;
  verdicts: string[];
  starred: boolean;
}

export interface Page {
  rows: Row[];
  more: boolean;
}

export interface Index {
  total: number;
  step: number;
  anchors: string[];
}

export interface Live {
  id: string;
  started_at: number;
  phase: string;
  upstream: string;
  kind: string;
  method: string;
  path: string;
  model: string;
  client: string;
  user: string;
  task: string;
  first_byte: number | null;
  request_bytes: number;
  response_bytes: number;
}

export interface Header {
  name: string;
  value: string;
}

export interface Part {
  type: string;
  text: string;
  media_type: string;
  data: string;
  url: string;
}

export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
}

export interface Message {
  role: string;
  name: string;
  parts: Part[];
  tool_calls: ToolCall[];
  tool_call_id: string;
}

export interface Tool {
  name: string;
  description: string;
  schema: string;
}

export interface Chunk {
  at: number;
  len: number;
}

export interface Verdict {
  code: string;
  confidence: string;
  numbers: Record<string, number>;
  words: Record<string, string>;
  related: string[];
}

export interface CostPart {
  name: string;
  tokens: number;
  per_million: number;
  usd: number;
}

export interface Totals {
  requests: number;
  errors: number;
  input_tokens: number | null;
  output_tokens: number | null;
  cost: number | null;
  no_tokens: number;
  estimated_tokens: number;
  unpriced: number;
  estimated_cost: number;
}

export interface Mark {
  starred: boolean;
  rating: number | null;
  tags: string[];
  note: string;
}

export interface Related {
  answer: Row[];
  chat: Row[];
  more: boolean;
  noticed: Row[];
}

export interface Detail {
  mark: Mark;
  row: Row;
  fault: string;
  url: string;
  request_headers: Header[];
  response_headers: Header[];
  trailers: Header[];
  messages: Message[];
  tools: Tool[];
  params: Record<string, string>;
  answer: Message[];
  chunks: Chunk[];
  ollama_run: boolean;
  sent_at: number | null;
  request_is_text: boolean;
  response_is_text: boolean;
  request_stored: number;
  response_stored: number;
  verdicts: Verdict[];
  properties: Record<string, string>;
  session_path: string;
  session_name: string;
  request_id: string;
  price: string;
  price_source: string;
  cost_parts: CostPart[];
  cost_assumed: string[];
  cache_write_hour_tokens: number | null;
  input_audio_tokens: number | null;
  output_audio_tokens: number | null;
  input_image_tokens: number | null;
  output_image_tokens: number | null;
}

export interface Facet {
  value: string;
  count: number;
}

export interface Facets {
  since: number;
  models: Facet[];
  upstreams: Facet[];
  states: Facet[];
  users: Facet[];
  tasks: Facet[];
  verdicts: Facet[];
}

export interface Status {
  version: string;
  commit: string;
  build_date: string;
  window: boolean;
  demo: boolean;
  data_dir: string;
  data_open: boolean;
  data_bytes: number;
  exchanges: number;
  proxy_listen: string;
  ui_listen: string;
  proxy_up: boolean;
  recording: boolean;
  recording_since: number;
  recording_code: string;
  recording_error: string;
  backlog_bytes: number;
  refused: number;
  polls: number;
  dropped_events: number;
  secrets_place: string;
  first_seen_at: number | null;
}

export interface Upstream {
  name: string;
  kind: string;
  url: string;
  has_key: boolean;
  from_run: boolean;
  base_url: string;
  ask_usage: boolean;
  keep_identity: boolean;
  own_headers: boolean;
}

export interface UpstreamInput {
  name: string;
  kind: string;
  url: string;
  key: string | null;
  ask_usage?: boolean;
  keep_identity?: boolean;
  own_headers?: boolean;
}

export interface UpstreamTest {
  ok: boolean;
  kind: string;
  version: string;
  models: string[];
  millis: number;
  code: string;
  message: string;
  http_code: number;
}

export interface BaseURL {
  place: string;
  upstream: string;
  kind: string;
  url: string;
  works: boolean;
  needs: string;
}

export interface ListenChoice {
  address: string;
  opens: string;
  current: boolean;
}

export interface Check {
  id: string;
  done: boolean;
  detail: string;
}

export interface Setup {
  base_urls: BaseURL[];
  listen: ListenChoice[];
  checks: Check[];
  docker_run: string;
  write_key: string;
}

export interface Identity {
  user_headers: string[];
  chat_headers: string[];
  task_headers: string[];
  answer_headers: string[];
  token_headers: string[];
  has_token_secret: boolean;
}

export interface IdentityInput {
  user_headers: string[];
  chat_headers: string[];
  task_headers: string[];
  answer_headers: string[];
  token_headers: string[];
  token_secret: string | null;
}

export interface WriteKey {
  id: string;
  shown: string;
  helicone: boolean;
}

export interface Prices {
  source: string;
  providers: number;
  models: number;
  own: OwnPrice[];
}

export interface PriceNames {
  own: string[];
  table: string[];
}

export interface OwnPrice {
  upstream: string;
  model: string;
  free: boolean;
  input: number | null;
  output: number | null;
  cached: number | null;
  cache_write: number | null;
  cache_write_hour: number | null;
  request: number | null;
  from: string;
}

export interface PriceChange {
  entry: string;
  price: string;
  old: number | null;
  new: number | null;
  jump: boolean;
}

export interface PriceChanges {
  total: number;
  jumps: number;
  changes: PriceChange[];
}

export interface Repriced {
  rows: number;
  changed: number;
  before: number;
  after: number;
  unpriced_after: number;
}

export interface Stay {
  upstream: string;
  model: string;
  from: number;
  to: number;
  open: boolean;
  context: number | null;
  size: number;
  size_vram: number;
  left: string;
  by: string;
}

export interface Settings {
  theme: string;
  language: string;
  retention_days: number;
  retention_gb: number;
  keep_in_background: string;
}

export interface Bucket {
  at: number;
  requests: number;
  errors: number;
  cold_starts: number;
  output_tokens: number | null;
  input_tokens: number | null;
  gen_p50: number | null;
  gen_p95: number | null;
  prompt_p50: number | null;
  prompt_p95: number | null;
  ttft_p50: number | null;
  ttft_p95: number | null;
  load_p50: number | null;
  load_p95: number | null;
}

export interface Series {
  model: string;
  summary: Bucket;
  buckets: Bucket[];
}

export interface Quantiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
  samples: number;
}

export interface Figures {
  requests: number;
  errors: number;
  cancelled: number;
  cold_starts: number;
  background: number;
  input_tokens: number | null;
  output_tokens: number | null;
  cached_tokens: number | null;
  cost: number | null;
  no_tokens: number;
  estimated_tokens: number;
  unpriced: number;
  estimated_cost: number;
  ttft: Quantiles;
  duration: Quantiles;
  generation: Quantiles;
  prompt: Quantiles;
  context: Quantiles;
}

export interface Slot {
  at: number;
  figures: Figures;
}

export interface Graph {
  from: number;
  to: number;
  step: number;
  steps: number[];
  total: Figures;
  before: Figures | null;
  slots: Slot[];
}

export interface ContextLength {
  tokens: number;
  basis: string;
  varied: boolean;
}

export interface Group {
  value: string;
  figures: Figures;
  before: Figures | null;
  last_at: number;
  trend: number[];
  peers: number;
  chats: number | null;
  context: ContextLength | null;
}

export interface Groups {
  by: string;
  from: number;
  to: number;
  groups: Group[];
  more: number;
}

export interface HourCell {
  weekday: number;
  hour: number;
  requests: number;
  tokens: number | null;
  cost: number | null;
}

export interface Week {
  cells: HourCell[];
  since: number;
}

export interface Bin {
  from: number;
  to: number;
  count: number;
}

export interface Distribution {
  figure: string;
  bins: Bin[];
  count: number;
  lacks: number;
}

export interface WhatIf {
  rows: number;
  now: number | null;
  estimated: number;
  then: number | null;
  price: string;
  lacks: number;
  unpriced: number;
  unpriced_then: number | null;
  no_price: number;
  capped: boolean;
}

export interface Budget {
  scope: string;
  value: string;
  usd: number;
}

export interface Budgets {
  budgets: Budget[];
}

export interface Chat {
  id: string;
  basis: string;
  user: string;
  title: string;
  models: string[];
  answers: number;
  first_at: number;
  last_at: number;
  last_id: string;
  figures: Figures;
}

export interface Chats {
  chats: Chat[];
  more: boolean;
}

export interface ChatDetail {
  chat: Chat;
  rows: Row[];
  more: boolean;
}

export interface Anatomy {
  system: number;
  tools: number;
  context: number;
  history: number;
  results: number;
  last: number;
  images: number;
}

export interface Earlier {
  id: string;
  started_at: number;
  turns: number;
  system_changed: boolean;
}

export interface Step {
  at: number;
  requests: number;
  errors: number;
}

export interface Histogram {
  from: number;
  to: number;
  step: number;
  steps: Step[];
  since: number;
}

export interface QueryValue {
  op: string;
  text: string;
  wild: boolean;
  quoted: boolean;
  number: number;
  high: number;
  ago: boolean;
}

export interface QueryNode {
  kind: string;
  kids: QueryNode[];
  field: string;
  type: string;
  values: QueryValue[];
  from: number;
  to: number;
}

export interface QueryError {
  code: string;
  from: number;
  to: number;
  word: string;
  field: string;
  suggestion: string;
}

export interface QueryChoice {
  text: string;
  count: number | null;
  type: string;
}

export interface Query {
  tree: QueryNode | null;
  error: QueryError | null;
  text: string;
  words: string[];
  choices: QueryChoice[];
  choice_from: number;
  choice_to: number;
  choice_since: number;
}

export interface View {
  name: string;
  query: string;
}

export interface Views {
  views: View[];
}

export interface SQLColumn {
  name: string;
  type: string;
  unit: string;
}

export interface SQLView {
  name: string;
  columns: SQLColumn[];
}

export interface SQLViews {
  views: SQLView[];
}

export interface SQLInt {
  row: number;
  column: number;
  text: string;
}

export interface SQLAnswer {
  columns: string[];
  rows: (string | number | null)[][];
  exact: SQLInt[];
  cut: boolean;
  took: number;
}

export interface Throughput {
  from: number;
  to: number;
  step: number;
  series: Series[];
  missing: number;
  clocked: number;
}

export interface Loaded {
  upstream: string;
  model: string;
  size: number;
  size_vram: number;
  context: number | null;
  expires_at: number | null;
  forever: boolean;
  params: string;
  quant: string;
}

export interface LoadedAll {
  at: number;
  models: Loaded[];
  errors: Record<string, string>;
}

export interface Deletion {
  query: string;
  ids: string[];
  confirm: string;
  name: string;
}

export interface Deleted {
  deleted: number;
  cancelled: boolean;
}

export interface DeletionProgress {
  name: string;
  gone: number;
}

export interface ExportRequest {
  table: string;
  query: string;
  bodies: boolean;
  format: string;
  bom: boolean;
  semicolon: boolean;
}

export interface ExportResult {
  left: Record<string, number>;
  path: string;
  rows: number;
}

export interface ExportProgress {
  rows: number;
  done: boolean;
}

export interface ExportState {
  state: string;
  rows: number;
  written: number;
  left: Record<string, number>;
}

export interface Event {
  type: string;
  row?: Row;
  live?: Live[];
  status?: Status;
  what?: string;
  export?: ExportProgress;
  deletion?: DeletionProgress;
}
