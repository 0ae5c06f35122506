// What goes over the wire, as openapi.yaml has it (api_types.d.ts is made from it before every build).
import type { components } from './api_types';

type Schemas = components['schemas'];
export type Connection = Schemas['ConnectionMembers'] & { kiosk_id: string };
export type KioskRow = Schemas['Kiosk'] & {
  agent_version?: string | null;
  rtt_ms?: number | null;
  last_error?: { code: string; at: string; request_id?: string | null } | null;
};
export type KioskDetail = KioskRow & { connections: Schemas['ConnectionMembers'][] };
export type RequestRow = Schemas['RequestSummary'];
export type RequestDetail = Schemas['Request'];
export type AuditEntry = Schemas['AuditEntry'];
export type Key = Schemas['Key'];
export type IssuedKey = Schemas['IssuedKey'];
export type IssuedToken = Schemas['IssuedToken'];
export type Health = Schemas['Health'] & { telegram?: string; grafana?: string };
export type Stats = Schemas['Stats'];
export type ErrorBody = Schemas['Error'];
export type Scope = Schemas['Scope'];

export interface Session { name: string; scopes: Scope[]; csrf: string; read_only: boolean; how: 'session' | 'local' }
export interface SeriesPoint {
  t: number; requests: number; answered: number; errors: Record<string, number>;
  p50_ms: number | null; p95_ms: number | null; p99_ms: number | null; online: number;
}
export interface Series { step_seconds: number; points: SeriesPoint[] }
export interface Setting { name: string; value: string | null; source: string; secret: boolean }
export type Alert = Schemas['Alert'];
