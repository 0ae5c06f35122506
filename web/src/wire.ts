// What goes over the wire, as openapi.yaml has it (api_types.d.ts is made from it before every build). Nothing of it is
// written by hand: what the page needs and openapi.yaml does not say is to be said there.
import type { components, operations } from './api_types';

type Schemas = components['schemas'];
export type Connection = Schemas['Connection'];
export type KioskRow = Schemas['Kiosk'];
export type RequestRow = Schemas['RequestSummary'];
export type RequestDetail = Schemas['Request'];
export type AuditEntry = Schemas['AuditEntry'];
export type Alert = Schemas['Alert'];
export type Callback = Schemas['Callback'];
export type CallbackState = Schemas['CallbackState'];
export type Key = Schemas['Key'];
export type IssuedKey = Schemas['IssuedKey'];
export type IssuedToken = Schemas['IssuedToken'];
export type Health = Schemas['Health'];
export type Stats = Schemas['Stats'];
export type MisfitTimeouts = Schemas['MisfitTimeouts'];
export type Series = Schemas['Series'];
export type SeriesPoint = Schemas['SeriesPoint'];
export type Setting = Schemas['Setting'];
export type Session = Schemas['DashboardSession'];
export type Scope = Schemas['Scope'];
export type ErrorBody = Schemas['Error'];

// The data of an event of the stream, by its name.
export type Events = Required<Schemas['Events']>;

// Of an operation: the body that it answers with when all is well, the body that it takes, what may stand in its query.
type JsonOf<Response> = Response extends { content: { 'application/json': infer Body } } ? Body : never;
type ResponsesOf<Name extends keyof operations> = operations[Name]['responses'];
export type Answer<Name extends keyof operations> = JsonOf<ResponsesOf<Name>[keyof ResponsesOf<Name> & (200 | 201)]>;
export type Body<Name extends keyof operations> = JsonOf<NonNullable<operations[Name]['requestBody']>>;
export type Query<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;
