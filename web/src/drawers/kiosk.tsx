// One kiosk: how it does, what may be done to it, its connections, its requests and how fast it answers.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ask, ping, type Deed } from '../actions/kiosk_forms';
import { failure, get, kioskPath } from '../api';
import { epoch, kiosks, kiosksVersion } from '../fleet';
import { dayOnly, number, span, texts, when } from '../i18n';
import { Ago, Badge, Fact, KioskState, RequestLink } from '../parts/bits';
import { Chart, type Line } from '../parts/chart';
import { Dialog, say } from '../parts/dialog';
import { closeDrawers, viewHref } from '../route';
import { admin } from '../session';
import { connectionKey, useConnections } from '../views/connections';
import { RequestTable, useRequests } from '../views/request_list';
import type { KioskRow, RequestRow } from '../wire';

function Facts({ kiosk }: { kiosk: KioskRow }) {
  const t = texts.value, k = t.kiosk;
  return (
    <dl class="facts">
      <Fact name={k.state}><KioskState kiosk={kiosk} /></Fact>
      <Fact name={k.connected}>{kiosk.connected_at ? <><Ago at={kiosk.connected_at} /> ({when(kiosk.connected_at)})</> : t.unit.none}</Fact>
      <Fact name={k.address}>{kiosk.address ?? t.unit.none}</Fact>
      <Fact name={k.agent}>{kiosk.agent_version ?? (kiosk.online ? k.v1 : t.unit.none)}</Fact>
      <Fact name={k.rtt}>{span(kiosk.rtt_ms)}</Fact>
      <Fact name={k.inFlight}>{number(kiosk.in_flight)}{kiosk.waiting > 0 && `, ${t.overview.waiting(kiosk.waiting)}`}</Fact>
      <Fact name={k.limit}>{kiosk.max_in_flight ?? k.default}</Fact>
      <Fact name={k.lastError}>{kiosk.last_error ? <><span class="mono">{kiosk.last_error.code}</span>, <Ago at={kiosk.last_error.at} />{kiosk.last_error.request_id && <> <RequestLink id={kiosk.last_error.request_id} /></>}</> : t.unit.none}</Fact>
      <Fact name={k.created}>{dayOnly(kiosk.created_at)}</Fact>
      <Fact name={k.issued}>{kiosk.token_issued_at ? dayOnly(kiosk.token_issued_at) : t.unit.none}</Fact>
      <Fact name={k.expires}>{dayOnly(kiosk.token_expires_at)}</Fact>
    </dl>
  );
}

function Deeds({ kiosk }: { kiosk: KioskRow }) {
  const a = texts.value.action;
  const [busy, setBusy] = useState(false);
  const onPing = async () => {
    setBusy(true);
    try { await ping(kiosk); } catch (error) { say(failure(error).text, true); }
    setBusy(false);
  };
  const deed = (name: Deed, label: string, danger = false) => <button type="button" class={danger ? 'danger' : ''} onClick={() => ask(name, kiosk)}>{label}</button>;
  return (
    <div class="deeds" role="group" aria-label={texts.value.kiosk.actions}>
      <button type="button" disabled={busy} onClick={onPing}>{a.ping}</button>
      {admin.value && (
        <>
          {deed('test', a.test)}{deed('rename', a.rename)}{deed('limit', a.limit)}{deed('token', a.token)}
          {kiosk.online && deed('kick', a.kick)}{deed('enabled', kiosk.enabled ? a.disable : a.enable)}{deed('remove', a.remove, true)}
        </>
      )}
    </div>
  );
}

function Latency({ rows }: { rows: RequestRow[] }) {
  const t = texts.value.kiosk;
  const { times, lines } = useMemo(() => {
    const dots = rows.filter((row) => row.answered_at && row.dispatched_at).map((row) => ({ t: Date.parse(row.answered_at!) / 1000, ms: Date.parse(row.answered_at!) - Date.parse(row.dispatched_at!) })).sort((a, b) => a.t - b.t);
    return { times: dots.map((dot) => dot.t), lines: [{ label: t.latency, tone: 'accent', points: true, values: dots.map((dot) => dot.ms) }] as Line[] };
  }, [rows, t]);
  return <Chart title={t.latency} hint={t.latencyHint} times={times} lines={lines} format={(n) => span(n)} height={140} empty={t.noRequests} />;
}

function Connections({ id }: { id: string }) {
  const t = texts.value, c = t.connection;
  const list = useConnections(id, 50);
  return (
    <section class="card">
      <h3>{t.kiosk.history}</h3>
      {list.rows.value.length === 0 ? <p class="hint">{list.busy.value ? t.common.loading : list.wrong.value || t.kiosk.noHistory}</p> : (
        <ul class="lines">{list.rows.value.slice(0, 50).map((row) => <li key={connectionKey(row)}><time dateTime={row.at}>{when(row.at)}</time><Badge tone={row.up ? 'ok' : 'bad'}>{row.up ? c.up : c.down}</Badge><span>{row.up ? row.address : row.reason}</span></li>)}</ul>
      )}
    </section>
  );
}

// The stream knows it already; a kiosk that is not (yet) in it is asked for.
function useKiosk(id: string): KioskRow | null | undefined {
  const [asked, setAsked] = useState<KioskRow | null>();
  const known = kiosksVersion.value >= 0 ? kiosks.get(id) : undefined;
  useEffect(() => {
    if (known) return;
    let current = true;
    get<KioskRow>(kioskPath(id)).then((row) => { if (current) setAsked(row); }, () => { if (current) setAsked(null); });
    return () => { current = false; };
  }, [id, !known, epoch.value]);
  return known ?? asked;
}

export function KioskDrawer({ id }: { id: string }) {
  const t = texts.value;
  const kiosk = useKiosk(id);
  const requests = useRequests({ kiosk_id: id }, 200);
  return (
    <Dialog drawer title={<>{kiosk?.name || id}{kiosk?.name && <span class="mono sub">{id}</span>}</>} onClose={closeDrawers}>
      {kiosk === undefined && <p class="empty">{t.common.loading}</p>}
      {kiosk === null && <p class="empty">{t.kiosk.gone}</p>}
      {kiosk && (
        <>
          <Deeds kiosk={kiosk} />
          <Facts kiosk={kiosk} />
          <Latency rows={requests.rows.value} />
          <section class="card"><div class="bar"><h3>{t.kiosk.hisRequests}</h3><span class="push" /><a href={viewHref('requests', { of: id })}>{t.kiosk.allRequests}</a></div>
            <RequestTable list={requests} label={t.kiosk.hisRequests} empty={t.kiosk.noRequests} one /></section>
          <Connections id={id} />
        </>
      )}
    </Dialog>
  );
}
